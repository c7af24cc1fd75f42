package audit

import "github.com/constat/constat/attribution"

// lot is whose something is, as far as that is known when it goes by. Of what says
// nothing of its app it is known at the end only: it is open if its capture tells
// of apps elsewhere. Until then each capture has a lot of its own.
type lot struct {
	whose   attribution.Whose
	pending int // number of the capture plus one; 0: whose is settled
}

// settler says whose a lot is in the end.
type settler func(lot) attribution.Whose

// lotOf is the lot of what a clue says.
func (w *whose) lotOf(k *clued) lot {
	silent, telling := w.verdict(k, false).Whose, w.verdict(k, true).Whose
	if silent == telling {
		return lot{whose: silent}
	}
	return lot{whose: telling, pending: k.input + 1}
}

// settled is whose a lot is, by what is known so far.
func (w *whose) settled(l lot) attribution.Whose {
	if l.pending > 0 && !w.telling[l.pending-1] {
		return attribution.Mine
	}
	return l.whose
}
