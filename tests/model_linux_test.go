package tests

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

var (
	modelSteps = flag.Int("model.steps", 50_000, "TestModel carries out twice `N` operations on each engine, three in four of them as root")
	modelSeed  = flag.Uint64("model.seed", 1, "TestModel's operations follow from `SEED`")
	modelFor   = flag.Duration("model.for", 0, "TestModel goes on with random seeds for a `TIME`")
)

// TestModel carries out random operations on a directory whose lower layer is in the
// view, and the same on a plain directory of the machine's: after each step both
// have answered alike and hold the same. After some steps the view ends, and the
// next begins with what it has captured, at times on another engine. A failure says
// which seed and step it was:
//
//	go test ./tests -run TestModel/.*/overlay/root -args -model.seed=N -model.steps=N
func TestModel(t *testing.T) {
	ownOpt(t)
	for start, seed := time.Now(), *modelSeed; ; seed = rand.Uint64() {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			eachBuilder(t, func(t *testing.T, b builder) { b.model(t, seed) })
		})
		if t.Failed() || time.Since(start) >= *modelFor {
			break
		}
	}
}

// roundSteps is after how many steps a view ends.
const roundSteps = 2500

func (b builder) model(t *testing.T, seed uint64) {
	lower, err := os.MkdirTemp("/opt", "model-")
	if err := errors.Join(err, os.Chmod(lower, 0o755)); err != nil {
		t.Fatal(err)
	}
	place := b.place(t)
	b.plantModel(t, lower)
	b.plantModel(t, place+"/work/like")
	keepLower(t, lower)
	writeFile(t, place+"/deps.toml", fmt.Sprintf("[[rule]]\npath = %q\nshow = true\n", lower), 0o644)
	steps := b.modelShare()
	for round, step := 0, 0; step < steps; round, step = round+1, step+roundSteps {
		in := b.inRound(round, steps/roundSteps)
		cmd := in.run(place, "--deps", place+"/deps.toml", "--", "./probe", "model", in.engine, in.user(), lower, "like",
			fmt.Sprint(seed), fmt.Sprint(step), fmt.Sprint(min(step+roundSteps, steps)))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("seed %d, %s: %v\n%s", seed, in.engine, err, out)
		}
	}
}

// modelShare is how many operations the builder carries out. A user's take twice as
// long, where process 1 answers for owners.
func (b builder) modelShare() int {
	if b.root {
		return *modelSteps * 3 / 2
	}
	return *modelSteps / 2
}

// inRound chooses the engine of a round. Root's captures go to and fro. A user's go
// from overlay to fuse at half-time: what the user's own files cannot have, fuse keeps
// in attributes, which overlayfs does not understand.
func (b builder) inRound(round, rounds int) builder {
	other := builder{engines[(slices.Index(engines, b.engine)+1)%len(engines)], b.root}
	if b.root && round%3 == 2 || !b.root && b.engine == "overlay" && round > rounds/2 {
		return other
	}
	return b
}
