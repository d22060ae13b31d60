package sandbox

import "testing"

func TestMoves(t *testing.T) {
	t.Parallel()
	// A row for each state it leaves, a column for each it goes to.
	table := map[state]string{
		//            s g i r v p d
		starting:     "- x x - - x -",
		generic:      "- - x - - x -",
		initialising: "- - - x - x -",
		ready:        "- - - - x x -",
		invoking:     "- - - x - x -",
		stopping:     "- - - - - - x",
		dead:         "- - - - - - -",
	}
	for from := starting; from <= dead; from++ {
		for to := starting; to <= dead; to++ {
			want := table[from][2*to] == 'x'
			if got := move(from, to) == nil; got != want {
				t.Errorf("%s → %s: legal = %v, want %v", from, to, got, want)
			}
		}
	}
}
