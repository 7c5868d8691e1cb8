"""What Streamlit's page is told about its host: nobody embeds it, and it opens no windows.

Left alone it lays a window over the page whenever the connection is lost, which speaks to
developers and takes the focus away. What is to be said then, the page's own mark says.
"""

from typing import Final

from starlette.responses import JSONResponse, Response

#: Where Streamlit's page asks, each time that it connects.
PATH: Final = "/_stcore/host-config"
_TOLD: Final = {
    "allowedOrigins": [],
    "useExternalAuthToken": False,
    "enableCustomParentMessages": False,
    "enforceDownloadInNewTab": False,
    "metricsUrl": "",
    "blockErrorDialogs": True,
    "resourceCrossOriginMode": None,
}


def host_config() -> Response:
    """The answer in place of Streamlit's own."""
    return JSONResponse(_TOLD, headers={"Cache-Control": "no-cache"})
