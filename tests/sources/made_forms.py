"""Fillable forms, drawn for the tests."""

from __future__ import annotations

import io
import warnings

import pikepdf
from pikepdf import Array, Dictionary, Name, String

HEIGHT = 842


class FormPdf:
    """A PDF form under construction: one page of A4, or more, with places in points from the top left."""

    def __init__(self, **entries: object) -> None:
        self.file = pikepdf.new()
        helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        self.fonts = Dictionary(Helv=self.file.make_indirect(helvetica))
        self.fields = Array()
        self.acro_form = Dictionary(
            Fields=self.fields, DR=Dictionary(Font=self.fonts), DA=String("/Helv 12 Tf 0 g"), **entries
        )
        self.page()

    def page(self, content: bytes = b"", **entries: object) -> None:
        added = self.file.add_blank_page(page_size=(595, HEIGHT))
        added.Resources = Dictionary(Font=self.fonts)
        added.Contents = pikepdf.Stream(self.file, content)
        added.Annots = Array()
        for key, value in entries.items():
            added.obj[f"/{key}"] = value
        self.current = added

    def print(self, left: float, top: float, text: str) -> None:
        content = self.current.Contents.read_bytes()
        content += f"BT /Helv 12 Tf {left} {HEIGHT - top - 10} Td ({text}) Tj ET\n".encode()
        self.current.Contents = pikepdf.Stream(self.file, content)

    def widget(
        self, name: str, box: tuple[float, float, float, float], kind: str, **entries: object
    ) -> Dictionary:
        """A field with one widget; `box` is left, top, width and height."""
        left, top, width, height = box
        rectangle = Array([left, HEIGHT - top - height, left + width, HEIGHT - top])
        made = self.file.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name(f"/{kind}"), T=String(name), Rect=rectangle,
                P=self.current.obj, DA=String("/Helv 12 Tf 0 g"), **{"F": 4, **entries},
            )
        )  # fmt: skip
        self.current.Annots.append(made)
        self.fields.append(made)
        return made

    def text(self, name: str, box: tuple[float, float, float, float], value: str, **entries: object) -> None:
        self.widget(name, box, "Tx", V=String(value), **entries)

    def choice(
        self, name: str, box: tuple[float, float, float, float], options: list[str], value: str
    ) -> None:
        self.widget(
            name, box, "Ch", Opt=Array([String(each) for each in options]), V=String(value), Ff=1 << 17
        )

    def check_box(
        self, name: str, box: tuple[float, float, float, float], *, selected: bool, on: str = "Yes"
    ) -> None:
        self.widget(
            name,
            box,
            "Btn",
            **self._states(box, on, selected=selected),
            V=Name(f"/{on if selected else 'Off'}"),
        )

    def radio(self, name: str, boxes: dict[str, tuple[float, float, float, float]], value: str) -> None:
        kids = Array()
        group = self.file.make_indirect(
            Dictionary(FT=Name.Btn, T=String(name), Ff=1 << 15, V=Name(f"/{value}"), Kids=kids)
        )
        for option, box in boxes.items():
            kid = self.widget(name, box, "Btn", **self._states(box, option, selected=option == value))
            del kid.FT, kid.T
            kid.Parent = group
            kids.append(kid)
            self.fields.pop()
        self.fields.append(group)

    def _states(
        self, box: tuple[float, float, float, float], on: str, *, selected: bool
    ) -> dict[str, object]:
        """Appearances: a frame, with a cross when it is selected."""
        _, _, width, height = box
        frame = f"1 1 {width - 2} {height - 2} re S "
        cross = f"2 2 m {width - 2} {height - 2} l S 2 {height - 2} m {width - 2} 2 l S"

        def form(content: str) -> pikepdf.Stream:
            stream = pikepdf.Stream(self.file, content.encode())
            stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array([0, 0, width, height])
            return self.file.make_indirect(stream)

        looks = Dictionary({f"/{on}": form(frame + cross), "/Off": form(frame)})
        return {"AP": Dictionary(N=looks), "AS": Name(f"/{on}" if selected else "/Off")}

    def done(self) -> bytes:
        self.file.Root.AcroForm = self.file.make_indirect(self.acro_form)
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pikepdf warns of the broken forms that tests make
            self.file.save(buffer)
        return buffer.getvalue()


def application() -> bytes:
    """A filled application form with every type of field."""
    form = FormPdf(NeedAppearances=True)
    form.print(60, 60, "Application for a library card")
    form.print(60, 104, "Name")
    form.text("person.name", (120, 100, 200, 20), "Ada Lovelace")
    form.print(340, 104, "City")
    form.choice("city", (380, 100, 120, 20), ["London", "Paris"], "London")
    form.print(90, 144, "I accept the rules")
    form.check_box("rules", (60, 142, 16, 16), selected=True)
    form.print(90, 174, "Send me news")
    form.check_box("news", (60, 172, 16, 16), selected=False, on="weekly")
    form.print(90, 204, "Adult")
    form.print(190, 204, "Child")
    form.radio("reader", {"adult": (60, 202, 16, 16), "child": (160, 202, 16, 16)}, "child")
    form.text("secret", (60, 240, 200, 20), "hidden from all", F=6)
    form.text("password", (280, 240, 100, 20), "swordfish", Ff=1 << 13)
    form.widget("signature", (60, 300, 200, 40), "Sig")
    return form.done()
