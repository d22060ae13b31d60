package metricmath

import "errors"

// Scope is what an expression is evaluated in.
type Scope struct {
	// Lookup returns the result of another query.
	Lookup func(id string) (Value, error)
	// Metrics are the results of all queries for metrics, in the order of the
	// queries, with their ids.
	Metrics func() (ids []string, all []Series, err error)
	// From, To and Period, in seconds, are the times that FILL and TIME_SERIES
	// give values to: From, From+Period … before To.
	From, To, Period int64
	// Budget is how many values may still be computed; nil for no bound.
	Budget *int
}

// spend takes n values off the budget.
func (s *Scope) spend(n int64) error {
	if s.Budget == nil {
		return nil
	}
	if n > int64(*s.Budget) {
		*s.Budget = 0
		return errors.New("The expressions compute too many datapoints") //nolint:staticcheck // AWS's texts begin so
	}
	*s.Budget -= int(n)
	return nil
}

// spendOn takes the values of v off the budget.
func (s *Scope) spendOn(v Value) error {
	switch v := v.(type) {
	case Series:
		return s.spend(int64(len(v.Points)) + 1)
	case Array:
		n := int64(len(v))
		for _, one := range v {
			n += int64(len(one.Points))
		}
		return s.spend(n)
	}
	return nil
}

type run struct{ *Scope }

// Eval evaluates the expression.
func (x *Expression) Eval(s *Scope) (Value, error) { return x.root.eval(&run{s}) }

func (n numberNode) eval(*run) (Value, error) { return Scalar(n), nil }

func (n textNode) eval(*run) (Value, error) { return Text(n), nil }

func (n nameNode) eval(r *run) (Value, error) {
	v, err := r.Lookup(n.name)
	if err != nil {
		return nil, at(n.at, err)
	}
	return v, nil
}

// at says where an error is, unless it says so itself.
func at(pos int, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{pos, err.Error()}
}

func (n arrayNode) eval(r *run) (Value, error) {
	var all Array
	for _, item := range n.items {
		v, err := item.eval(r)
		if err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case Series:
			all = append(all, v)
		case Array:
			all = append(all, v...)
		default:
			return nil, fault(n.at, "Unsupported operand type(s) for []: '[%s]'", v.kind())
		}
		if err := r.spend(int64(len(all))); err != nil {
			return nil, at(n.at, err)
		}
	}
	return all, nil
}

func (n unaryNode) eval(r *run) (Value, error) {
	v, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	return arithmetic(0, "-", Scalar(0), v)
}

func (n binaryNode) eval(r *run) (Value, error) {
	left, err := n.left.eval(r)
	if err != nil {
		return nil, err
	}
	right, err := n.right.eval(r)
	if err != nil {
		return nil, err
	}
	v, err := arithmetic(n.at, n.op, left, right)
	if err == nil {
		if err = r.spendOn(v); err != nil {
			err = at(n.at, err)
		}
	}
	return v, err
}

func (n callNode) eval(r *run) (Value, error) {
	f := functions[n.name]
	args := make([]Value, len(n.args))
	for i, a := range n.args {
		if name, ok := a.(nameNode); ok && keywords[upper(name.name)] {
			args[i] = Text(upper(name.name))
			continue
		}
		v, err := a.eval(r)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	v, err := f.call(r, args)
	if err == nil {
		err = r.spendOn(v)
	}
	if err == errTypes {
		return nil, fault(n.at, "Unsupported operand type(s) for %s: '%s'", n.name, kinds(args))
	}
	if err != nil {
		return nil, at(n.at, err)
	}
	return v, nil
}
