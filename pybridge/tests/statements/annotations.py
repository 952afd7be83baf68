module_level: int  #: 1


class Fields:  #: 1
    bare: "nothing"  #: .
    bound: int = 3  #: 1
    if bound:  #: 1
        conditional: str  #: 1

    def method(self):  #: 1
        self.attribute: int  #: 2
        local: int  #: -
        with_value: int = 2  #: 2
        return with_value  #: 2


Fields().method()  #: 1
Fields().method()  #: 1
assert len(Fields.__annotations__) == 3  #: 1
