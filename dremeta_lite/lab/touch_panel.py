"""What all panels with a picture have in common: controls and picture say the same, whichever of them is moved."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

import ipywidgets as widgets
from traitlets import TraitError

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import NumberControl, SwitchControl, message
from dremeta_lite.lab.frame import OnePage
from dremeta_lite.lab.parts.touchable import Handle
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.place_boxes import PlaceBoxes
from dremeta_lite.lab.regions import answer, regions
from dremeta_lite.lab.touch import Refused, TouchPicture, read_touch


class TouchPanel(OnePage):
    """Controls, a picture that can be touched, and a line for what was refused.

    Attributes:
        picture: draws the view.
        image: shows it.
        controls: by the name of their hyperparameter.
        trouble: what was refused, and why.
        places: boxes for what is dragged and has no control.
    """

    picture: Picture
    image: TouchPicture
    controls: Mapping[str, NumberControl | SwitchControl]
    trouble: widgets.HTML

    @cached_property
    def places(self) -> PlaceBoxes:
        return PlaceBoxes(self._placed)

    def present_hyper(self) -> HyperParameters:
        """What the controls move."""
        raise NotImplementedError

    def repaint(self) -> Any:
        """Draw the present state."""
        raise NotImplementedError

    def put(self, name: str, value: Any) -> None:
        """Set one hyperparameter, without drawing. Raises TraitError: it is refused."""
        raise NotImplementedError

    def move(self, values: Mapping[str, float]) -> None:
        """Set hyperparameters to the nearest values that their controls can show, and let the controls say so.

        Raises:
            TraitError: a value was refused.
        """
        for name, value in values.items():
            control = self.controls.get(name)
            fitting = control.fit(value) if isinstance(control, NumberControl) else value
            self.put(name, fitting)
            if control is not None:
                control.show(fitting)

    def _show_frame(self, png: bytes, words: str) -> None:
        self.image.show(png, words, regions(self.picture.figure, self.picture.parts, self.present_hyper()))
        self.places.show(self.picture.parts)

    def _sized(self, width: float) -> None:
        """The page shows the picture so many of the screen's pixels wide: draw it as large."""
        if self.picture.fit(width):
            self.repaint()

    def _touched(self, told: Any) -> str:
        """Answer to what the page tells of a touch; returns what is read off."""
        try:
            touch = read_touch(told, len(self.picture.parts))
            part = self.picture.parts[touch.region]
            if touch.kind == "read":
                return part.read(*touch.path[-1])
            part.move = self.move
            self._do(lambda: answer(part, touch))
        except Refused as refusal:
            self._complain(str(refusal))
            self.repaint()
        return ""

    def _placed(self, handle: Handle, x: float, y: float) -> None:
        """A place was typed: as if the handle had been dragged there."""
        if handle.moved is not None:
            self._do(partial(handle.moved, x, y))

    def _do(self, what: Callable[[], Any]) -> None:
        """Do what was asked for, or say why not, and draw."""
        try:
            what()
        except (TraitError, Refused) as refusal:
            self._complain(str(refusal))
        else:
            self._complain("")
        self.repaint()

    def _complain(self, text: str) -> None:
        self.trouble.value = message(text, "alert")
