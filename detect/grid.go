package detect

import "github.com/constat/constat/persona"

// reasonGrid says why the code of a grid cell counts.
const reasonGrid = "the cell of a grid in which the persona's position lies"

// coarseRadius is from where on, in metres, the cell of a grid is less than
// the position: a fifth decimal is 1 metre, a fourth 11.
const coarseRadius = 25

// gridForm is the form of a position that was sent as the code of a cell: a
// small cell is another way to write it.
func gridForm(radius float64) string {
	if radius > coarseRadius {
		return Truncated
	}
	return Encoded
}

// grid takes in a form that is the code of a cell. Codes are not hashed: their
// digests would be a third of all, and nobody was seen to send one.
func (e *Engine) grid(value int, f persona.Form, add func([]byte, spelling, edge)) {
	if f.Weak == "" && len(f.Text) >= minPattern {
		add([]byte(f.Text), spelling{value: value, form: f.Name, radius: f.Radius}, noWord)
		return
	}
	t := e.values[value].Type
	e.weak[t] = append(e.weak[t], weakForm{value, f.Name, f.Text, f.Radius})
}

// checkGrid: a geohash or a plus code.
func checkGrid(v []byte) verdict {
	if len(v) < 4 || len(v) > 12 {
		return none
	}
	switch _, radius := persona.Grid(string(v)); {
	case radius == 0:
		return none
	case radius > 150:
		return verdict{0.8, "the code of a cell wider than 300 metres", "location.coarse"}
	}
	return verdict{0.85, "the code of a cell of the Earth", "location.precise"}
}

// checkS2: the token or number of an S2 cell.
func checkS2(v []byte) verdict {
	if len(v) < 3 || len(v) > 20 {
		return none
	}
	switch _, radius := persona.S2(string(v)); {
	case radius == 0:
		return none
	case radius > 150:
		return verdict{0.8, "an S2 cell wider than 300 metres", "location.coarse"}
	}
	return verdict{0.85, "an S2 cell", "location.precise"}
}

// gridRadius is the radius of a cell that one of these checks took.
func gridRadius(v []byte) (name string, radius float64) {
	if name, radius = persona.Grid(string(v)); name == "" {
		name, radius = persona.S2(string(v))
	}
	return name, radius
}
