package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
)

// Version of the format. Version 1 had no values that numbers stand for, version 2 no identities of what is shared; a
// file of a later one is refused.
const Version = 3

// Magic begins every recording.
const Magic = "TALLYREC"

const (
	blockMagic = "TBLK"
	endMagic   = "TALLYEND"
	fileHead   = 16
	blockHead  = 36
	fileEnd    = 16

	// maxBlock bounds a block's content, so that a damaged file costs no memory.
	maxBlock = 64 << 20
)

// What a block holds.
const (
	blockDefinitions = 'D' // JSON, one Definition a line
	blockSteps       = 'E' // items
	blockIndex       = 'I' // JSON: where the blocks are
)

// The items of a block of steps.
const (
	itemStep   = 1 // process, then a step's body
	itemOutput = 2 // 1 stdout or 2 stderr, then the text
	itemModule = 3 // process, number, changes: the names of a module as they stand
	itemKept   = 4 // process, then number, check and value of each value that a number stands for
)

// block is the head of a block, and where it lies.
type block struct {
	Kind   byte   `json:"kind"`
	Offset int64  `json:"offset"`
	Packed uint32 `json:"packed"`
	Size   uint32 `json:"size"`
	First  uint64 `json:"first"` // ordinal of its first step
	Steps  uint32 `json:"steps"`
	crc    uint32
}

func (b block) length() int64 { return blockHead + int64(b.Packed) }

// head is the head as it stands in the file (docs/recording.md); its own checksum is last.
func (b block) head() []byte {
	h := make([]byte, blockHead)
	copy(h, blockMagic)
	h[4] = b.Kind
	binary.LittleEndian.PutUint32(h[8:], b.Packed)
	binary.LittleEndian.PutUint32(h[12:], b.Size)
	binary.LittleEndian.PutUint64(h[16:], b.First)
	binary.LittleEndian.PutUint32(h[24:], b.Steps)
	binary.LittleEndian.PutUint32(h[28:], b.crc)
	binary.LittleEndian.PutUint32(h[32:], crc32.ChecksumIEEE(h[:32]))
	return h
}

var errBlock = errors.New("damaged block")

// readHead is the other way round. The sizes are checked here, before anybody allocates.
func readHead(h []byte, offset int64) (block, error) {
	if len(h) < blockHead || string(h[:4]) != blockMagic || binary.LittleEndian.Uint32(h[32:]) != crc32.ChecksumIEEE(h[:32]) {
		return block{}, errBlock
	}
	b := block{Kind: h[4], Offset: offset, Packed: binary.LittleEndian.Uint32(h[8:]), Size: binary.LittleEndian.Uint32(h[12:]),
		First: binary.LittleEndian.Uint64(h[16:]), Steps: binary.LittleEndian.Uint32(h[24:]), crc: binary.LittleEndian.Uint32(h[28:])}
	if b.Size > maxBlock || b.Packed > maxBlock {
		return block{}, errBlock
	}
	return b, nil
}

// The coders' own goroutines are none: both work in their caller.
var (
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock))
)

// pack makes a block of its content.
func pack(kind byte, content []byte, first uint64, steps uint32) (block, []byte) {
	packed := packer.EncodeAll(content, nil)
	return block{Kind: kind, Packed: uint32(len(packed)), Size: uint32(len(content)), First: first, Steps: steps,
		crc: crc32.ChecksumIEEE(packed)}, packed
}

// unpack is the content of a block.
func (b block) unpack(packed, into []byte) ([]byte, error) {
	if crc32.ChecksumIEEE(packed) != b.crc {
		return nil, errBlock
	}
	out, err := unpacker.DecodeAll(packed, into[:0])
	if err != nil || len(out) != int(b.Size) {
		return nil, fmt.Errorf("%w: %v", errBlock, err)
	}
	return out, nil
}

func appendItem(b []byte, kind byte, body []byte) []byte {
	b = appendUvarint(b, uint64(len(body)+1))
	b = append(b, kind)
	return append(b, body...)
}
