"""What the two applications are made of alike, and which scripts and styles each serves: a wall must not load what only people
at a desk need."""

from pathlib import Path
from typing import Any, Final

from dash import Dash
from dash.resources import Scripts
from fastapi import FastAPI

ASSETS: Final = Path(__file__).resolve().parent.parent / "assets"
BY_HAND: Final = r"boot\.js|(notice|sign-in)\.css"  # named by the pages that want them
WALL_ONLY: Final = r"(inflow|keyed|remote|wall.*)\.(js|css)"
OFFICE_ONLY: Final = r"(office|desk|match|case|review|meeting|drawing|ops|audit).*\.(js|css)"


class OwnScripts(Scripts):
    """No component library but those named, and Dash's own: what else the process imported is another application's."""

    def __init__(self, *libraries: str) -> None:
        super().__init__(True, False)  # type: ignore[no-untyped-call]  # served by us, large parts only when wanted
        self._libraries = list(libraries)

    def get_all_scripts(self, dev_bundles: bool = False) -> Any:
        return self.get_library_scripts(self._libraries, dev_bundles)  # type: ignore[no-untyped-call]


def new_dash(server: FastAPI, index: str, others: str, *libraries: str, **more: Any) -> Dash:
    """An application without a page, on a server of ours. `others`: a pattern of the assets that are another application's;
    `libraries`: of components, beside Dash's own."""
    app = Dash(
        __name__,
        server=server,  # type: ignore[arg-type]  # Dash takes an instance too, and says so everywhere but here
        backend="fastapi",
        pages_folder="",
        use_pages=False,
        assets_folder=str(ASSETS),
        assets_ignore=rf"{BY_HAND}|{others}",
        serve_locally=True,
        compress=True,
        update_title="",
        index_string=index,
        add_log_handler=False,
        **more,
    )
    app.scripts = OwnScripts(*libraries)
    return app
