package vtl

// maxMacros is how deep macro calls may nest, in Velocity 1.7 and here.
const maxMacros = 20

// A frame is a macro call in progress. Its arguments are expressions that are
// evaluated where the call stands, each time the parameter is used.
type frame struct {
	outer   *frame
	params  []int
	args    []expr
	body    *defined // $bodyContent of an #@macro
	bodyAt  int      // its slot
	shadows []shadow // assignments to parameters; they hide the argument
}

type shadow struct {
	set   bool
	value any
}

// argument returns the value of a slot if it is a parameter of the frame's
// macro that the call gives an argument.
func (st *state) argument(f *frame, slot int) (any, bool) {
	if f.body != nil && slot == f.bodyAt {
		return f.body, true
	}
	for i, p := range f.params {
		if p != slot {
			continue
		}
		if i < len(f.shadows) && f.shadows[i].set {
			return f.shadows[i].value, true
		}
		if i >= len(f.args) {
			return nil, false // Velocity looks further out
		}
		st.step(st.at)
		inner := st.frame
		st.frame = f.outer
		st.descend()
		v := f.args[i].eval(st)
		st.ascend()
		st.frame = inner
		return v, true
	}
	return nil, false
}

// source returns the argument given for a parameter, nil if there is none.
func (f *frame) source(slot int) expr {
	for i, p := range f.params {
		if p == slot && i < len(f.args) {
			return f.args[i]
		}
	}
	return nil
}

// shadow lets an assignment hide a parameter, or shows it again.
func (f *frame) shadow(slot int, v any, set bool) {
	for i, p := range f.params {
		if p != slot {
			continue
		}
		if f.shadows == nil {
			f.shadows = make([]shadow, len(f.params))
		}
		f.shadows[i] = shadow{set, v}
	}
}

// render: the macro itself was registered when the template was parsed.
func (m *macro) render(*state) {}

func (c *macroCall) render(st *state) {
	st.at = c.pos
	if c.macro == nil {
		st.out = append(st.out, c.source...)
		return
	}
	if c.bad != "" {
		st.throw("TemplateInitException", "invalid argument "+c.bad+" of #"+c.name)
	}
	if st.macros == maxMacros {
		st.throw("MacroOverflowException", "more than 20 nested macro calls")
	}
	f := &st.frames[st.macros]
	*f = frame{outer: st.frame, params: c.macro.params, args: c.args}
	if c.body != nil {
		st.allocate(32)
		f.body, f.bodyAt = &defined{block: c.body, max: maxMacros}, st.program.bodyContent
	}
	st.macros++
	st.frame = f
	st.descend()
	c.macro.body.render(st)
	st.ascend()
	st.frame = f.outer
	*f = frame{}
	st.macros--
	if st.signal == breaking {
		st.signal = running
	}
}
