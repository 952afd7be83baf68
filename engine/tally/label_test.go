package tally

import (
	"slices"
	"strings"
	"testing"
)

func TestLabelsOfTheDesignsPicture(t *testing.T) {
	f := buildFile(t, meanText[1:])
	check(t, labelsOf(f, DefaultLabelOptions()), map[int]string{
		1: "×3  xs=[1, 2, 3] … []",
		2: "×3",
		3: "×9  x=1 … 9",
		4: "×6  total=1 … 15",
		5: "×3  debug=False",
		6: "×0",
		7: "×3  → 2.0 … 5.0  ✗1 ZeroDivisionError",
	})
}

func check(t *testing.T, got, want map[int]string) {
	t.Helper()
	for line, text := range want {
		if got[line] != text {
			t.Errorf("line %d: got %q, want %q", line, got[line], text)
		}
	}
	for line, text := range got {
		if _, ok := want[line]; !ok {
			t.Errorf("line %d: got %q, want nothing", line, text)
		}
	}
}

func TestLabels(t *testing.T) {
	options := func(change func(*LabelOptions)) LabelOptions {
		o := DefaultLabelOptions()
		if change != nil {
			change(&o)
		}
		return o
	}
	for _, test := range []struct {
		name   string
		text   string
		want   string // of its last line
		change func(*LabelOptions)
	}{
		{"count", "x = f()  #: assign m 12345", "×12.3k", nil},
		{"exact to 9999", "x = f()  #: assign m 9999", "×9999", nil},
		{"millions, rounded down", "x = f()  #: assign m 4599999", "×4.5M", nil},
		{"thousands without a tenth", "x = f()  #: assign m 999999", "×999k", nil},
		{"lower bound", "x = f()  #: assign m 7 atleast", "≥×7", func(o *LabelOptions) {}},
		{"constant", "x = f()  #: assign m 3 x=5,5,5", "×3  x=5", nil},
		{"the last is not known", "x = f()  #: assign m 30 x=1,2,9 open", "×30  x=1 … 9 …", nil},
		{"one value, and the last is not known", "x = f()  #: assign m 30 x=5 open", "×30  x=5 …", nil},
		{"a choice, and the last is not known", "x = f()  #: assign m 30 x='a','b' open", "×30  x='a'|'b' …", nil},
		{"what was returned last is not known", "return f()  #: return m 30 ->=1,2 open", "×30  → 1 … 2 …", nil},
		{"the last is not known, and no room", "x = f()  #: assign m 30 x=1000000000,2000000000 open", "×30  x=1000…000 … 2000…000 …", func(o *LabelOptions) { o.MaxLength = 28 }},
		{"while it runs the last is the newest", "x = f()  #: assign m 30 x=1,2,9 open", "● ×30  x=1 … 9", func(o *LabelOptions) { o.State = Running }},
		{"paused, the last is not known", "x = f()  #: assign m 5 x=1,2,9 open", "‖ ×5  x=1 … 9 …", func(o *LabelOptions) { o.State = Paused }},
		{"paused in the next one", "x = f()  #: assign m 4 x=1,2,9 open", "‖ ×4  x=1 … 9", func(o *LabelOptions) { o.State = Paused }},
		{"what stands there already", "x = 5  #: assign m 3 x=5,5,5", "×3", nil},
		{"few words", "x = f()  #: assign m 3 x='a','b','a'", "×3  x='a'|'b'", nil},
		{"few words, but long", "x = f()  #: assign m 2 x='abcdefgh','ijklmnop'", "×2  x='abcdefgh' … 'ijklmnop'", nil},
		{"numbers", "x = f()  #: assign m 3 x=1,4,9", "×3  x=1 … 9", nil},
		{"numbers that come back", "x = f()  #: assign m 3 x=1,-9,4,1", "×3  x=1|-9|4", nil},
		{"many that come back", "x = f()  #: assign m 3 x=200,404,500,301,200", "×3  x=200|404|500|…", nil},
		{"many that come back, long ones", "x = f()  #: assign m 9 x='PythonUnchained99','b','c','d','PythonUnchained99'", "×9  x='PythonUnchained99'|'b'|'c'|…", nil},
		{"of many that come back one has room", "x = f()  #: assign m 9 x='PythonUnchained99','PulpImplementation9','KillProcess99999','PythonUnchained99'", "×9  x='PythonUnchained99' …", func(o *LabelOptions) { o.MaxLength = 30 }},
		{"many that come back, and the last is not known", "x = f()  #: assign m 90 x=200,404,500,301,200 open", "×90  x=200|404|500 …", nil},
		{"one of many has room, and the last is not known", "x = f()  #: assign m 90 x='PythonUnchained99','b','PulpImplementation9','PythonUnchained99' open", "×90  x='PythonUnchained99' …", func(o *LabelOptions) { o.MaxLength = 28 }},
		{"arguments at a function's first statement", "def f(a, b):  #: def m 1 calls=2\n    g(a)  #: expression f 2 a=1,2 b=3,4", "×2  a=1 … 2", nil},
		{"objects that come back", "x = f()  #: assign m 3 x=<m.T_object_at_0x7f>,<m.U_object_at_0x80>,<m.T_object_at_0x81>", "×3  x=<T>|<U>", nil},
		{"an iterator that tells nothing", "x, y = f()  #: assign m 1 x=<itertools.chain_object_at_0x7f> y=2", "×1  y=2", nil},
		{"one that tells", "x = f()  #: assign m 2 x=<itertools.chain_object_at_0x7f>,3", "×2  x=<chain> … 3", nil},
		{"several objects", "x = f()  #: assign m 1 x=[<m.T_object_at_0x7f>/_<m.T_object_at_0x80>/_<m.T...", "×1  x=[<T>*2, …]", nil},
		{"said twice", "x = 5; x = f()  #: @0-5 assign m 1 x=6 ;; @7-14 assign m 1 x=6", "×1  x=6", nil},
		{"room for the value that explains", "f(xs)  #: expression m 3 xs=[1/_2/_3],[1/_5/_9],[] raised=1 !ZeroDivisionError", "×3  xs=[1, …] … []  ✗1 ZeroDivisionError", nil},
		{"two names, one value", "a = b = 0  #: assign m 1 a=0 b=0", "×1", nil},
		{"what runs it", "if __name__ == '__main__':  #: if m 1 __name__='__main__'", "×1", nil},
		{"another type", "x = f()  #: assign m 3 x=1,None", "×3  x=1 … None", nil},
		{"a long value", "x = f()  #: assign m 1 x='0123456789abcdefghij'", "×1  x='0123456789abcdefghij'", nil},
		{"an object", "x = f()  #: assign m 1 x=<shop.cart.Cart_object_at_0x7f001122>", "×1  x=<Cart>", nil},
		{"a function", "x = f()  #: assign m 1 x=<function_f.<locals>.g_at_0x7f001122>", "×1  x=<function g>", nil},
		{"several targets", "a, b = f()  #: assign m 2 a=1,2 b=3,4 f=5,6", "×2  a=1 … 2  b=3 … 4", nil},
		{"an attribute", "self.n = n  #: assign m 2 self.n=1,2 n=1,2", "×2  self.n=1 … 2", nil},
		{"an item", "memo[n] = v  #: assign m 2 memo[n]=1,2 n=1,2", "×2  memo[n]=1 … 2", nil},
		{"nothing assigned: what changes first", "f(a, b)  #: expression m 2 a=1,1 b=3,4", "×2  b=3 … 4  a=1", nil},
		{"functions tell nothing", "f(a)  #: expression m 2 f=<function_f_at_0x7f>,<function_f_at_0x7f> a=1,2", "×2  a=1 … 2", nil},
		{"no room but for the class", "f(a, b)  #: expression m 1 a=Environment(now=0/_queue=[1/_2]/_left=3) b=3", "×1  b=3  …", func(o *LabelOptions) { o.MaxLength = 20 }},
		{"an object that there is room for", "f(a)  #: expression m 1 a=Environment(now=0/_queue=[1/_2])", "×1  a=Environment(0, [1, 2])", nil},
		{"addresses tell nothing", "f(a)  #: expression m 1 a=<m.T_object_at_0x7f>", "×1", nil},
		{"the placeholder", "for _ in range(3):  #: for m 4 _=0,1,2", "×4", nil},
		{"a walrus", "if (n := f()) > 1:  #: if m 3 n=1,2,3", "×3  n=1 … 3", nil},
		{"with", "with open(p) as f:  #: with m 1 f='F' p='x'", "×1  f='F'", nil},
		{"return", "return f(x)  #: return m 2 x=1,2 ->='a','b'", "×2  → 'a'|'b'", nil},
		{"return what stands there", "return 1  #: return m 2 ->=1,1", "×2", nil},
		{"bare return", "return  #: return m 2 ->=None,None", "×2", nil},
		{"exceptions", "f()  #: expression m 9 raised=3 !KeyError !ValueError", "×9  ✗3 KeyError|ValueError", nil},
		{"exceptions of no known type", "f()  #: expression m 9 raised=3", "×9  ✗3", nil},
		{"two statements", "a = f(); b = g()  #: @0-7 assign m 3 a=1,2 ;; @9-16 assign m 3 b=3,4", "×3  a=1 … 2  b=3 … 4", nil},
		{"two statements, not equally often", "if c: n = f()  #: @0-5 if m 4 c=True,False ;; @6-13 assign m 2 n=1,2", "×4  c=True|False · ×2 n=1 … 2", nil},
		{"a comprehension", "xs = [f(i) for i in y]  #: @0-22 assign m 1 xs=[1/_2] ;; @5-22 comprehension m 2 i=1,2 y=[],[]", "×1  xs=[1, 2] · ×2 i=1 … 2", nil},
		{"not reached", "x = 1  #: assign m 0", "×0", nil},
		{"not reached, but nobody knows", "x = 1  #: assign m 0 unknown", "", nil},
		{"never counted", "global x  #: global m 0 nocode", "", nil},
		{"imports", "import os  #: import m 1 os=<module>", "", nil},
		{"an annotation without a value", "item: str  #: assign m 1", "", nil},
		{"one in a class that is made again and again", "item: Annotated[str, Field(min=1)]  #: assign f 7", "", nil},
		{"one that was not reached", "item: 'a = b'  #: assign m 0", "", nil},
		{"one that failed", "item: Mising  #: assign m 1 raised=1 !NameError", "×1  ✗1 NameError", nil},
		{"one with a value", "item: str = f()  #: assign m 1 item='mug'", "×1  item='mug'", nil},
		{"a value over another operator", "n <<= 1  #: assign m 2 n=2,4", "×2  n=2 … 4", nil},
		{"imports twice", "import os  #: import m 2 os=<module>", "×2", nil},
		{"a def that counts its calls", "def f(a):  #: def m 1 calls=7", "×7", nil},
		{"a def that only loops", "def f(a):  #: def m 1\n  while a:  #: while f 5 a=1,0", "×5  a=1 … 0", nil},
		{"a list of objects", "x = f()  #: assign m 1 x=[<m.T_object_at_0x7f>/_<m.f.<locals>.U_object_at_0x80>]", "×1  x=[<T>, <U>]", nil},
		{"objects that differ in address alone", "for x in y:  #: for m 3 x=<m.T_object_at_0x7f>,<m.T_object_at_0x80>", "×3  x=<T>", nil},
		{"an address that is none", "x = f()  #: assign m 1 x='_at_0x7'", "×1  x=' at 0x7'", nil},
		{"an argument that not every call shows", "def f(a, b):  #: def m 1 calls=3\n    if a:  #: if f 3 a=1,0,0\n        return b  #: return f 1 b=7 ->=7", "×1  → 7", nil},
		{"running", "x = f()  #: assign m 3 x=1,2", "● ×3  x=1 … 2", func(o *LabelOptions) { o.State = Running }},
		{"running, which stands elsewhere", "x = f()  #: assign m 30 x=1,2 open", "×30  x=1 … 2", func(o *LabelOptions) { o.State, o.Unmarked = Running, true }},
		{"paused", "x = f()  #: assign m 3", "‖ ×3", func(o *LabelOptions) { o.State = Paused }},
		{"counts alone", "x = f()  #: assign m 3 x=1,2 raised=1", "×3", func(o *LabelOptions) { o.Values, o.Raised = false, false }},
		{"values alone", "x = f()  #: assign m 3 x=1,2", "x=1 … 2", func(o *LabelOptions) { o.Counts = false }},
		{"changes alone: what changed", "x, y = f()  #: assign m 3 x=1,1 y=1,2", "×3  y=1 … 2", func(o *LabelOptions) { o.Changes = true }},
		{"changes alone: of one hit", "x = f()  #: assign m 1 x=1", "×1  x=1", func(o *LabelOptions) { o.Changes = true }},
		{"changes alone: what is looked at", "f(a, b)  #: expression m 2 a=1,1 b=3,4", "×2  b=3 … 4", func(o *LabelOptions) { o.Changes = true }},
		{"changes alone: arguments", "def f(a, b):  #: def m 1 calls=2\n    g(a, b)  #: expression f 2 a=1,1 b=3,4", "×2  b=3 … 4", func(o *LabelOptions) { o.Changes = true }},
		{"no zeros", "x = 1  #: assign m 0", "", func(o *LabelOptions) { o.Zero = false }},
		{"ASCII", "return f(é)  #: return m 2 ->='é','日' raised=1 !KeyError", `x2  -> '\xe9'|'\u65e5'  !1 KeyError`, func(o *LabelOptions) { o.ASCII = true }},
		{"one key changes", "d = f()  #: assign m 3 d={'pos':_0},{'pos':_3},{'pos':_6}", "×3  d={'pos': 0 … 6}", nil},
		{"one field of several changes", "p = f()  #: assign m 2 p=Point(x=1/_y=2),Point(x=5/_y=2)", "×2  p=Point(x=1 … 5, y=2)", nil},
		{"one key of many changes", "d = f()  #: assign m 2 d={'name':_'wheel'/_'pos':_0/_'left':_'abcd'},{'name':_'wheel'/_'pos':_6/_'left':_'abcd'}",
			"×2  d={…'pos': 0 … 6…}", nil},
		{"two keys change", "d = f()  #: assign m 2 d={'a':_0/_'b':_1},{'a':_2/_'b':_-3}", "×2  d={'a': 0 … 2, 'b': 1 … -3}", nil},
		{"elements of a list", "d = f()  #: assign m 2 d=[1/_2],[3/_2]", "×2  d=[1, 2]|[3, 2]", nil},
		{"a dict that grows", "d = f()  #: assign m 2 d={'a':_1},{'a':_1/_'b':_2}", "×2  d={'a': 1} … {'a': 1, 'b': 2}", nil},
		{"a list that grows", "a.append(i)  #: expression m 40 a=[0],[0/_1/_2],[0/_1/_2/_3/_4/_5/_6/_7/_8/_9/_10/_11/_12/_13]", "×40  a=[0] +13 […, 8, 9, 10, 11, 12, 13]", nil},
		{"one that grows at its beginning", "a.insert(0, i)  #: expression m 3 a=['first'/_'old'],['new'/_'x'/_'first'/_'old']", "×3  a=['first', …] +2 ['new', 'x', …]", nil},
		{"one that shrinks", "a.pop()  #: expression m 9 a=['aa'/_'bb'/_'cc'/_'dd'/_'ee'/_'ff'],['aa'/_'bb']", "×9  a=['aa', 'bb', …] -4 ['aa', 'bb']", nil},
		{"one that is emptied", "a.pop()  #: expression m 9 a=['aa'/_'bb'/_'cc'/_'dd'/_'ee'/_'ff'],['aa'/_'bb'],[]", "×9  a=['aa', 'bb', 'cc', 'dd', …] -6 []", nil},
		{"one from nothing", "a.append(i)  #: expression m 30 a=[],[1],[1/_2/_3/_4/_5/_6/_7/_8/_9/_10/_11]", "×30  a=[] +11 […, 5, 6, 7, 8, 9, 10, 11]", nil},
		{"lists that have nothing to do with each other", "a = f()  #: assign m 3 a=['left'/_'over'],['some'/_'other'/_'items'/_'in'/_'here']", "×3  a=['left', 'over'] … ['some', …]", nil},
		{"one that is begun anew between", "a = f()  #: assign m 3 a=['first'/_'one'],[],['first'/_'one'/_'second'/_'one'/_'third'/_'one']", "×3  a=['first', 'one'] … ['first', …]", nil},
		{"a set that grows", "a.add(i)  #: expression m 5 a={'aa'},{'aa'/_'bb'},{'bb'/_'cc'/_'aa'/_'dd'/_'ee'/_'ff'}", "×5  a={'aa'} +5 {'bb', 'cc', 'dd', …}", nil},
		{"a set from nothing", "a.add(i)  #: expression m 5 a=set(),{'aa'},{'cc'/_'aa'/_'dd'/_'ee'/_'ff'/_'gg'}", "×5  a=set() +6 {'cc', 'aa', 'dd', …}", nil},
		{"a dict that grows long", "d = f()  #: assign m 9 d={'a':_1},{'a':_2/_'b':_2/_'c':_3/_'d':_4/_'e':_5}", "×9  d={'a': 1} +4 {…, 'd': 4, 'e': 5}", nil},
		{"a text that grows", "s += 'ab '  #: aug_assign m 40 s='ab_','ab_ab_','ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_end'", "×40  s='ab ' +36 '… ab ab ab ab ab end'", nil},
		{"words that begin alike", "s = f()  #: assign m 2 s='item','items_that_are_more_than_can_be_shown'", "×2  s='item' +33 '… than can be shown'", nil},
		{"other words", "s = f()  #: assign m 2 s='apple_pie_with_cream','kiwi_and_other_long_words'", "×2  s='apple p… cream' … 'kiwi a… words'", nil},
		{"a deque", "q.append(i)  #: expression m 9 q=deque([0]),deque([0/_1/_2/_3/_4/_5/_6/_7/_8/_9/_10/_11])", "×9  q=[0] +11 […, 5, 6, 7, 8, 9, 10, 11]", nil},
		{"growth in little room", "a, b = f()  #: assign m 9 a=[0],[0/_1/_2/_3/_4/_5/_6/_7/_8/_9] b='0123456789abcdefghij'", "×9  a=[0] +9 […, 8, 9]  b='0123…hij'", func(o *LabelOptions) { o.MaxLength = 36 }},
		{"growth in less room: what is new stands alone", "f(q, n)  #: expression m 6 q=['home'],['home'/_'shop'/_'cart'/_'pay'] n=1000,2000", "×6  q=+3 …, 'pay'  n=1000 … 2000", func(o *LabelOptions) { o.MaxLength = 34 }},
		{"what a dict lost", "f(b, n)  #: expression m 6 b={'name':_'mug'/_'price':_12.5},{'price':_12.5} n=1000,2000", "×6  b=-1 'name'  n=1000 … 2000", func(o *LabelOptions) { o.MaxLength = 32 }},
		{"what a long dict lost", "b.pop('name')  #: expression m 6 b={'headers':_{'accept':_'json'}/_'name':_'mug'/_'kind':_[1]},{'headers':_{'accept':_'json'}/_'kind':_[1]}",
			"×6  b={…, 'kind': [1]} -1 'name': 'mug'", nil},
		{"what a queue lost", "f(q, n)  #: expression m 6 q=['write'/_'test'/_'ship'],['ship'] n='home','pay_today'", "×6  q=-2 'write', …  n='home' … 'pay…ay'", nil},
		{"a dict's new keys, where values have no room", "f(d, n)  #: expression m 6 d={'a':_[100/_200]},{'a':_[100/_200]/_'saw':_[300/_400]} n='home','pay_today'", "×6  d=+1 'saw'  n='home' … 'pay today'", nil},
		{"one item is no items", "q.append(n)  #: expression m 6 q=['home'],['home'/_'a_word_that_is_long']", "×6  q=+1 item", func(o *LabelOptions) { o.MaxLength = 14 }},
		{"what is new, and the last is not known", "f(q)  #: expression m 9 q={'home'},{'home'/_'shop'/_'cart'} open", "×9  q=+2 'shop' …", func(o *LabelOptions) { o.MaxLength = 21 }},
		{"a place among many that differ", "d = f()  #: assign m 2 d={'name':_'item_0'/_'price':_0.5/_'tags':_['blue'/_'new']/_'owner':_{'id':_0/_'mail':_'a@b.c'}},{'name':_'item_5'/_'price':_62.5/_'tags':_['blue'/_'new']/_'owner':_{'id':_5/_'mail':_'a@b.c'}}",
			"×2  d={'name': 'item 0' … 'item 5'…}", nil},
		{"one that is not among the first", "d = f()  #: assign m 2 d={'kind':_'text/html'/_'price':_0.5/_'tags':_['blue'/_'new']/_'id':_0/_'z':_1},{'kind':_'text/html'/_'price':_62.5/_'tags':_['blue'/_'new']/_'id':_5/_'z':_2}",
			"×2  d={…'price': 0.5 … 62.5…}", func(o *LabelOptions) { o.MaxLength = 30 }},
		{"one without brackets, which would be too long", "return f()  #: return m 2 ->=Response(headers=Headers({'kind':_'text/html'/_'id':_'item_0'})/_body='item_0_item_0'/_status=[1]),Response(headers=Headers({'kind':_'text/html'/_'id':_'item_5'})/_body='item_5_item_5'/_status=[1])",
			"×2  → …'id': 'item 0' … 'item 5'…", func(o *LabelOptions) { o.MaxLength = 36 }},
		{"the word of a text that differs", "s = f()  #: assign m 2 s='{\"kind\":_\"mug\"/_\"owner\":_{\"id\":_0/_\"mail\":_\"a@b.c\"}}','{\"kind\":_\"mug\"/_\"owner\":_{\"id\":_15/_\"mail\":_\"a@b.c\"}}'",
			`×2  s='… {"id": 0 … 15…'`, nil},
		{"words between what is the same", "s = f()  #: assign m 3 s='a_long_beginning_of_a_text:_red_and_round:_and_the_end_of_it','a_long_beginning_of_a_text:_blue:_and_the_end_of_it'",
			"×3  s='…a text: red and round … blue…'", nil},
		{"texts that look alike are not one", "s = f()  #: assign m 2 s='a_long_beginning\\n_of_a_text:_red:_and_the_end_of_it','a_long_beginning\\n_of_a_text:_blue:_and_the_end_of_it'",
			"×2  s='a long beginnin… the end of it' …", nil},
		{"floats in four digits", "x = f()  #: assign m 2 x=0.30000000000000004,1234.5678901", "×2  x=0.3000 … 1234.6", nil},
		{"floats that differ further on", "x = f()  #: assign m 2 x=0.300001,0.300002", "×2  x=0.300001 … 0.300002", nil},
		{"no room for all", "aa, bb, cc = f()  #: assign m 1 aa='0123456789' bb='0123456789' cc='0123456789'", "×1  aa='0123456789'  bb='0123456789'  …", nil},
		{"no room: exceptions before values", "x = f()  #: assign m 1 x='0123456789abcdef' raised=1 !SomewhatLongException", "×1  x='012…ef'  ✗1 SomewhatLongException", nil},
	} {
		f := buildFile(t, test.text+"\n")
		got := labelsOf(f, options(test.change))[strings.Count(test.text, "\n")+1]
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestTheStateIsMarkedOnce: at the first count of the file, whichever lines are asked for.
func TestTheStateIsMarkedOnce(t *testing.T) {
	f := buildFile(t, "import os  #: import m 1\nx = f()  #: assign m 3 x=1,2,3\ny = g()  #: assign m 4 y=1,2,3,4\n")
	places := Follow(f, f.Source).Places
	for _, c := range []struct {
		name   string
		first  int
		counts bool
		state  State
		want   []string
	}{
		{"all lines", 1, true, Running, []string{"● ×3  x=1 … 3", "×4  y=1 … 4"}},
		{"the lines behind it", 3, true, Running, []string{"×4  y=1 … 4"}},
		{"paused", 1, true, Paused, []string{"‖ ×3  x=1 … 3", "×4  y=1 … 4"}},
		{"ended", 1, true, Ended, []string{"×3  x=1 … 3", "×4  y=1 … 4"}},
		{"without counts", 1, false, Running, []string{"x=1 … 3", "y=1 … 4"}},
	} {
		o := DefaultLabelOptions()
		o.State, o.Counts = c.state, c.counts
		var got []string
		for _, label := range NewLabeler(f, o).Labels(places, c.first, 0) {
			got = append(got, label.Text())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestStaleLabelsKeepTheCountAlone(t *testing.T) {
	f := buildFile(t, "x = f(1)  #: assign m 3 x=1,2 raised=1\n")
	places := Follow(f, "x = f(2)\n").Places
	for state, want := range map[State]string{Ended: "~ ×3 (edited)", Running: "~● ×3"} {
		o := DefaultLabelOptions()
		o.State = state
		if got := Text(labelOf(f, places, o)); got != want {
			t.Errorf("%s: got %q, want %q", state, got, want)
		}
	}
	hover := hoverOf(f, places[0], nil)
	if !strings.Contains(hover, "edited after the run; the values are from: `x = f(1)`") {
		t.Errorf("the hover says nothing of the edit:\n%s", hover)
	}
}

// Whatever values hold, a label is one line of at most 40 units that starts
// with its count, and a hover has no markup of theirs.
func TestLabelsOfEvilValues(t *testing.T) {
	evil := []string{
		strings.Repeat("👩‍👩‍👧‍👦", 100), "\u202eabc\u2066", "a\nb\x1b[31m\x00", strings.Repeat("x", 1<<20),
		"e\u0301\u0301\u0301" + strings.Repeat("e\u0301", 50), "日本語" + strings.Repeat("語", 40), "`|[link](command:x)|`", "\xff\xfe", "",
	}
	for _, text := range evil {
		f := buildFile(t, "x = f(y)  #: assign m 3 x=1,2 y=1,2 raised=1 !E\n")
		s := &f.Statements[0]
		for i := range s.Samples {
			for j := range s.Samples[i].Vars {
				s.Samples[i].Vars[j].Repr = text + strings.Repeat("'", i)
			}
			s.Samples[i].Return = &Var{Type: "str", Repr: text}
		}
		s.Errors[0].Type, s.Errors[0].Message = text, text
		for _, ascii := range []bool{false, true} {
			o := DefaultLabelOptions()
			o.ASCII = ascii
			label := Text(labelOf(f, freshPlaces(f), o))
			if width(label) > 40 || !strings.HasPrefix(label, "×3") && !strings.HasPrefix(label, "x3") {
				t.Errorf("%.20q: the label is %q", text, label)
			}
			for _, r := range label {
				if isHidden(r) || ascii && r > '~' {
					t.Errorf("%.20q: %q in the label %q", text, r, label)
				}
			}
		}
		hover := hoverOf(f, freshPlaces(f)[0], nil)
		if len(hover) > 20_000 || strings.Contains(strings.ReplaceAll(hover, "`` `\\|[link](command:x)\\|`", ""), "](") {
			t.Errorf("%.20q: the hover is %.2000q", text, hover)
		}
	}
}

func TestArgumentsAreThoseOfEveryCall(t *testing.T) {
	f := buildFile(t, "def f(a, b):  #: def m 1 calls=3\n    if a:  #: if f 3 a=1,0,0\n        return b  #: return f 1 b=7 ->=7\n"+
		"def g(a):  #: def m 1 calls=3\n    a = a + 1  #: assign g 3 a=2,3,4\n    return a  #: return g 3 a=2,3,4\n")
	got := labelsOf(f, DefaultLabelOptions())
	if got[1] != "×3  a=1 … 0" || got[4] != "×3" {
		t.Errorf("got %q and %q: b was seen in one call only, g's a never before it was changed", got[1], got[4])
	}
}

func TestALabelerGoesOn(t *testing.T) {
	f := buildFile(t, meanText[1:])
	l := NewLabeler(f, DefaultLabelOptions())
	l.Labels(freshPlaces(f), 1, 0)
	next := *f
	next.Statements = append([]Statement(nil), f.Statements...)
	s := &next.Statements[2]
	s.Hits, s.Samples = 10, append(append([]Sample(nil), s.Samples...), Sample{Hit: 10, Vars: []Var{intVar("x", 77), {"xs", "list", "[77]"}}})
	got := map[int]string{}
	for _, label := range l.For(&next, Ended).Labels(freshPlaces(f), 1, 0) {
		got[label.Line] = label.Text()
	}
	check(t, got, labelsOf(&next, DefaultLabelOptions()))
	if got[3] != "×10  x=1 … 77" || got[1] != "×3  xs=[1, 2, 3] … [77]" {
		t.Errorf("line 3 is %q, line 1 %q", got[3], got[1])
	}
}

func TestTargets(t *testing.T) {
	for text, want := range map[string]string{
		"assign a = b = f(c=1)":                        "a b",
		"assign x: dict[str, int] = {}":                "x",
		"assign self.a['k=1'].b += 1":                  "self.a['k=1'].b",
		"assign (a, [b, *c]), d[i], e.f = g()":         "a b c d[i] e.f",
		"assign a >>= 1":                               "a",
		"assign ok = a == b":                           "ok",
		"assign f = lambda x=1: x":                     "f",
		"assign d[a == b] = 1":                         "d[a==b]",
		"for for i, (j, k) in zip(a, b):":              "i j k",
		"comprehension [x for y in z for x in y if x]": "y x",
		"with with open(a) as f, b() as (c, d):":       "f c d",
		"except except (A, B) as e:":                   "e",
		"if if (n := len(f'{a:=3}')) > 1:":             "n",
		"expression print(a, end='')":                  "",
		"import import a as b":                         "",
	} {
		kind, head, _ := strings.Cut(text, " ")
		if got := strings.Join(targets(kind, head), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if got := strings.Join(parameters("async def f[T](self, /, a: int = 1, *args, b=(1, 2), **kw) -> x[y]:"), " "); got != "self a args b kw" {
		t.Errorf("parameters: got %q", got)
	}
}
