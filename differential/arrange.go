package differential

import (
	"cmp"
	"slices"
)

// arrange lays sequences side by side: rows with a place in each sequence, -1
// where it has none. Elements of a row are equal, each element stands in one
// row. Elements that occur once in both of two stretches hold them together,
// as far as they are in the same order (Cohen's "patience diff"); between them
// equal elements pair up in order, and last, wherever they are.
func arrange(sequences [][]int32) [][]int32 {
	var rows [][]int32
	for run, seq := range sequences {
		head := make([]int32, len(rows)) // what the rows so far are of
		for i, row := range rows {
			head[i] = element(sequences, row)
		}
		match := make([]int32, len(seq)) // of an element: its row
		for i := range match {
			match[i] = -1
		}
		taken := make([]bool, len(rows))
		patience(head, seq, 0, len(head), 0, len(seq), func(row, i int) {
			if !taken[row] && match[i] < 0 {
				taken[row], match[i] = true, int32(row)
			}
		}, 0)
		leftovers(head, seq, taken, match)
		rows = insert(rows, run, match, len(sequences))
	}
	return rows
}

func element(sequences [][]int32, row []int32) int32 {
	for run, i := range row {
		if i >= 0 {
			return sequences[run][i]
		}
	}
	panic("differential: a row of nothing")
}

// maxPatience bounds how deep stretches are split.
const maxPatience = 64

// patience pairs a[a0:a1] with b[b0:b1].
func patience(a, b []int32, a0, a1, b0, b1 int, pair func(i, j int), depth int) {
	for a0 < a1 && b0 < b1 && a[a0] == b[b0] {
		pair(a0, b0)
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && a[a1-1] == b[b1-1] {
		a1, b1 = a1-1, b1-1
		pair(a1, b1)
	}
	if a0 == a1 || b0 == b1 {
		return
	}
	anchors := commonOnce(a, b, a0, a1, b0, b1)
	if len(anchors) == 0 || depth == maxPatience {
		inOrder(a, b, a0, a1, b0, b1, pair)
		return
	}
	for _, x := range anchors {
		patience(a, b, a0, x[0], b0, x[1], pair, depth+1)
		pair(x[0], x[1])
		a0, b0 = x[0]+1, x[1]+1
	}
	patience(a, b, a0, a1, b0, b1, pair, depth+1)
}

// commonOnce finds what occurs once in each of two stretches, the most that is
// in the same order in both: a longest increasing subsequence.
func commonOnce(a, b []int32, a0, a1, b0, b1 int) [][2]int {
	type seen struct{ inA, inB, i, j int }
	count := map[int32]*seen{}
	for i := a0; i < a1; i++ {
		s := count[a[i]]
		if s == nil {
			s = &seen{}
			count[a[i]] = s
		}
		s.inA, s.i = s.inA+1, i
	}
	for j := b0; j < b1; j++ {
		if s := count[b[j]]; s != nil {
			s.inB, s.j = s.inB+1, j
		}
	}
	var once [][2]int
	for _, s := range count {
		if s.inA == 1 && s.inB == 1 {
			once = append(once, [2]int{s.i, s.j})
		}
	}
	slices.SortFunc(once, func(x, y [2]int) int { return cmp.Compare(x[0], y[0]) })
	var tails []int // of the best subsequence of each length, its last element
	before := make([]int, len(once))
	for k, x := range once {
		n, _ := slices.BinarySearchFunc(tails, x[1], func(t, j int) int { return cmp.Compare(once[t][1], j) })
		if before[k] = -1; n > 0 {
			before[k] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, k)
		} else {
			tails[n] = k
		}
	}
	if len(tails) == 0 {
		return nil
	}
	out := make([][2]int, len(tails))
	for k, i := tails[len(tails)-1], len(tails)-1; i >= 0; k, i = before[k], i-1 {
		out[i] = once[k]
	}
	return out
}

// inOrder pairs equal elements of two stretches, the first with the first.
func inOrder(a, b []int32, a0, a1, b0, b1 int, pair func(i, j int)) {
	waiting := map[int32][]int{}
	for i := a0; i < a1; i++ {
		waiting[a[i]] = append(waiting[a[i]], i)
	}
	for j := b0; j < b1; j++ {
		if w := waiting[b[j]]; len(w) > 0 {
			pair(w[0], j)
			waiting[b[j]] = w[1:]
		}
	}
}

// leftovers pairs what moved: equal elements that nothing paired yet.
func leftovers(head, seq []int32, taken []bool, match []int32) {
	waiting := map[int32][]int32{}
	for row, e := range head {
		if !taken[row] {
			waiting[e] = append(waiting[e], int32(row))
		}
	}
	for i, e := range seq {
		if w := waiting[e]; match[i] < 0 && len(w) > 0 {
			match[i] = w[0]
			waiting[e] = w[1:]
		}
	}
}

// insert puts a sequence into the rows: matched elements into their rows, the
// others into rows of their own after that of the element before.
func insert(rows [][]int32, run int, match []int32, runs int) [][]int32 {
	after := make([][]int32, len(rows)+1) // new elements by the row that they follow; 0: none
	at := 0
	for i, row := range match {
		if row >= 0 {
			rows[row][run] = int32(i)
			at = int(row) + 1
		} else {
			after[at] = append(after[at], int32(i))
		}
	}
	out := make([][]int32, 0, len(rows)+len(match))
	add := func(list []int32) {
		for _, i := range list {
			row := make([]int32, runs)
			for r := range row {
				row[r] = -1
			}
			row[run] = i
			out = append(out, row)
		}
	}
	add(after[0])
	for i, row := range rows {
		out = append(out, row)
		add(after[i+1])
	}
	return out
}
