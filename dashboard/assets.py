"""Which scripts and styles each of the two applications serves: a wall must not load what only people at a desk need."""

from pathlib import Path
from typing import Any, Final

from dash.resources import Scripts

ASSETS: Final = Path(__file__).resolve().parent.parent / "assets"
BY_HAND: Final = r"boot\.js|(notice|sign-in)\.css"  # named by the pages that want them
WALL_ONLY: Final = r"(inflow|keyed|remote|wall.*)\.(js|css)"
OFFICE_ONLY: Final = r"(office|desk|case|ops|audit).*\.(js|css)"


class OwnScripts(Scripts):
    """No component library but those named, and Dash's own: what else the process imported is another application's."""

    def __init__(self, *libraries: str) -> None:
        super().__init__(True, False)  # type: ignore[no-untyped-call]  # served by us, large parts only when wanted
        self._libraries = list(libraries)

    def get_all_scripts(self, dev_bundles: bool = False) -> Any:
        return self.get_library_scripts(self._libraries, dev_bundles)  # type: ignore[no-untyped-call]
