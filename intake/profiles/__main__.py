"""The reading process that `intake.profiles.apart` starts."""

from intake.profiles.apart import main

main()
