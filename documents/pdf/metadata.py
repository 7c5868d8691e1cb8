"""What a PDF file says of itself for archives (XMP): the same each time it is made."""

from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

_XMP: Final = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/">
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
    <rdf:Description rdf:about=""
        xmp:CreateDate="{made_at}"
        xmp:ModifyDate="{made_at}"
        xmp:MetadataDate="{made_at}"
        pdf:Producer="{producer}">
      <pdfaid:part>2</pdfaid:part>
      <pdfaid:conformance>U</pdfaid:conformance>
      <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
      <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
    </rdf:Description>
  </rdf:RDF>
</x:xmpmeta>"""


def xmp(*, title: str, author: str, producer: str, made_at: datetime) -> str:
    """Give what an archive reads of a file; the library's own would hold the present."""
    return _XMP.format(
        title=escape(title),
        author=escape(author),
        producer=escape(producer, {'"': "&quot;"}),
        made_at=made_at.isoformat(timespec="seconds"),
    )
