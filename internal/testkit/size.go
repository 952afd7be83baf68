package testkit

import (
	"os"
	"strconv"
	"testing"
)

// sizeVariable says how much the tests of random things do: 1 is usual, 10 is for a
// night. pybridge/tests/size.py reads it as well.
const sizeVariable = "TALLYHO_TEST_SIZE"

// Size is what the variable says; where it says nothing, 1, and a part of it for
// -short.
func Size() float64 {
	if size, err := strconv.ParseFloat(os.Getenv(sizeVariable), 64); err == nil && size > 0 {
		return size
	}
	if testing.Short() {
		return 0.2
	}
	return 1
}

// Long skips a test that alone takes longer than some two seconds where -short asks
// for the first minute's tests.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: it is run without -short")
	}
}

// Sized is how many of something to try, of which there are usually that many.
func Sized(number int) int { return max(1, int(float64(number)*Size())) }

// LeftOut reports whether a test that goes through many rows does without the one of that
// number: with -short it has every so manieth.
func LeftOut(number, every int) bool { return testing.Short() && Size() < 1 && number%every > 0 }

// SizeEnv has a test in Python do the same part, times another one.
func SizeEnv(part float64) string {
	return sizeVariable + "=" + strconv.FormatFloat(Size()*part, 'g', -1, 64)
}
