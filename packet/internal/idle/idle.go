// Package idle keeps things in the order in which they were last used.
package idle

// Node is one thing in at most one List.
type Node[T any] struct {
	Of         T
	prev, next *Node[T]
	in         *List[T]
}

// List is a list of nodes, the one that has been idle longest first. The zero
// List is empty.
type List[T any] struct {
	first, last *Node[T]
	n           int
}

// Len is the number of nodes.
func (l *List[T]) Len() int { return l.n }

// Oldest returns the node that has been idle longest, nil if there is none.
func (l *List[T]) Oldest() *Node[T] { return l.first }

// Use moves a node to the end of the list, from wherever it was.
func (l *List[T]) Use(n *Node[T]) {
	if l.last == n {
		return
	}
	n.Drop()
	n.in = l
	if n.prev = l.last; n.prev != nil {
		n.prev.next = n
	} else {
		l.first = n
	}
	l.last = n
	l.n++
}

// Drop takes a node out of its list, if it is in one.
func (n *Node[T]) Drop() {
	l := n.in
	if l == nil {
		return
	}
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		l.first = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		l.last = n.prev
	}
	n.prev, n.next, n.in = nil, nil, nil
	l.n--
}

// In is the list that n is in, nil if in none.
func (n *Node[T]) In() *List[T] { return n.in }
