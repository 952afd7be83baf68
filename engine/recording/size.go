package recording

import (
	"strconv"
	"strings"
)

// ParseSize reads "64M": bytes, or with K, M or G, and B or iB after it. False: it
// is no size.
func ParseSize(text string) (int64, bool) {
	number, unit := strings.ToUpper(strings.TrimSpace(text)), int64(1)
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	for suffix, factor := range map[string]int64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = rest, factor
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	size := n * float64(unit)
	if err != nil || !(size >= 1 && size <= 1<<50) {
		return 0, false
	}
	return int64(size), true
}
