package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// DefaultLimit is how long a recording gets at most.
const DefaultLimit = 1 << 30

// Options are how a Writer writes. The zero value has the defaults.
type Options struct {
	// Limit is how long the file gets at most, in bytes; then the oldest half is
	// left out. 0: DefaultLimit.
	Limit int64
	// Last keeps so many bytes of the newest blocks in memory and writes nothing
	// before Dump or Close. 0: all is written as it comes.
	Last int64
	// BlockSize is how much goes into a block, unpacked. 0: 512 KiB.
	BlockSize int
}

const (
	defaultBlock = 512 << 10
	// leastLimit leaves room for a block and what is defined.
	leastLimit = 256 << 10
	// flushPause is how long steps lie before they are in the file.
	flushPause = time.Second
)

// Writer writes a recording. Its methods are called by one goroutine; another
// one (run) packs and writes, and owns the file. It ends with Close.
type Writer struct {
	jobs    chan job
	done    chan struct{}
	pending []Definition
	items   []byte
	steps   uint32
	began   time.Time // when the first of items came
	size    int

	mu  sync.Mutex // guards err
	err error

	f      *os.File // nil where blocks are kept in memory
	path   string
	opts   Options
	state  *State
	step   Step
	blocks []block
	kept   map[int64][]byte // packed blocks by offset, in memory
	offset int64
	length int64  // of all blocks
	first  uint64 // ordinal of the next block's first step
	total  uint64
}

// job is a block that is full, or something to be done in between.
type job struct {
	defs  []Definition
	items []byte
	steps uint32
	do    func() error
	done  chan error
}

// Create begins a recording. With Options.Last the file is not there before Dump
// or Close.
func Create(path string, o Options) (*Writer, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	o.Limit = max(o.Limit, leastLimit)
	if o.BlockSize == 0 {
		o.BlockSize = defaultBlock
		if most := max(o.Limit, leastLimit) / 8; o.Last == 0 && most < defaultBlock {
			o.BlockSize = int(most)
		}
		if o.Last > 0 {
			o.BlockSize = int(min(defaultBlock, max(o.Last/4, 16<<10)))
		}
	}
	w := &Writer{jobs: make(chan job, 4), done: make(chan struct{}), path: path, opts: o, state: newState(),
		size: o.BlockSize, kept: map[int64][]byte{}, offset: fileHead}
	w.state.Shared()
	if o.Last == 0 {
		f, err := begin(path)
		if err != nil {
			return nil, err
		}
		w.f = f
	}
	go w.run()
	return w, nil
}

// begin makes a file with its head.
func begin(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	head := make([]byte, fileHead)
	copy(head, Magic)
	head[8] = Version
	if _, err := f.Write(head); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Define says what steps that follow may refer to.
func (w *Writer) Define(d Definition) { w.pending = append(w.pending, d) }

// Step writes a step of a process, as it came.
func (w *Writer) Step(process int, body []byte) {
	var head [10]byte
	number := appendUvarint(head[:0], uint64(process))
	w.items = appendUvarint(w.items, uint64(len(number)+len(body)+1))
	w.items = append(w.items, itemStep)
	w.items = append(append(w.items, number...), body...)
	w.steps++
	w.full()
}

// Output writes what the program wrote, between the steps around it.
func (w *Writer) Output(stderr bool, text []byte) {
	stream := byte(1)
	if stderr {
		stream = 2
	}
	w.items = appendItem(w.items, itemOutput, append([]byte{stream}, text...))
	w.full()
}

func (w *Writer) full() {
	if w.began.IsZero() {
		w.began = time.Now()
	}
	if len(w.items) >= w.size {
		w.flush()
	}
}

// Tick has what lies here longer than a moment written. It is called now and
// then.
func (w *Writer) Tick() {
	if w.opts.Last == 0 && !w.began.IsZero() && time.Since(w.began) > flushPause {
		w.flush()
	}
}

func (w *Writer) flush() {
	if len(w.items) == 0 && len(w.pending) == 0 {
		return
	}
	w.jobs <- job{defs: w.pending, items: w.items, steps: w.steps}
	w.pending, w.items, w.steps, w.began = nil, make([]byte, 0, w.size+w.size/4), 0, time.Time{}
}

// Err is the first error of writing: nothing is written after it.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Sync has all that was given so far written to the file, and waits for that. With
// Options.Last there is no file before Dump.
func (w *Writer) Sync() error {
	w.flush()
	j := job{do: w.Err, done: make(chan error, 1)}
	w.jobs <- j
	return <-j.done
}

// Dump writes what is kept in memory to a file, and goes on.
func (w *Writer) Dump(path string) error {
	w.flush()
	j := job{do: func() error { return w.dump(path) }, done: make(chan error, 1)}
	w.jobs <- j
	return <-j.done
}

// Close writes the rest. Without a path to write to, what is kept in memory goes.
func (w *Writer) Close() error {
	w.flush()
	close(w.jobs)
	<-w.done
	err := w.Err()
	if w.f != nil {
		if err == nil {
			err = writeEnd(w.f, w.offset, w.blocks)
		}
		err = errors.Join(err, w.f.Close())
	}
	return err
}

// Steps is how many steps were written; it is right after Close or Dump.
func (w *Writer) Steps() uint64 { return w.total }

// run packs and writes.
func (w *Writer) run() {
	defer close(w.done)
	for j := range w.jobs {
		if j.do != nil {
			j.done <- j.do()
			continue
		}
		if w.Err() != nil {
			continue
		}
		if err := w.write(j); err != nil {
			w.mu.Lock()
			w.err = fmt.Errorf("the recording cannot be written: %w", err)
			w.mu.Unlock()
		}
	}
}

func (w *Writer) write(j job) error {
	if len(j.defs) > 0 {
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		for i := range j.defs {
			if err := e.Encode(&j.defs[i]); err != nil {
				return err
			}
			w.state.define(&j.defs[i])
		}
		b, packed := pack(blockDefinitions, text.Bytes(), w.first, 0)
		if err := w.put(b, packed); err != nil {
			return err
		}
	}
	if len(j.items) == 0 {
		return nil
	}
	content := w.state.checkpoint(nil)
	content = append(content, j.items...)
	w.state.follow(j.items, &w.step, w.first)
	b, packed := pack(blockSteps, content, w.first, j.steps)
	w.first += uint64(j.steps)
	w.total += uint64(j.steps)
	return w.put(b, packed)
}

// put writes a block where there is room for it.
func (w *Writer) put(b block, packed []byte) error {
	b.Offset = w.offset
	if w.f == nil {
		w.kept[b.Offset] = packed
	} else {
		if w.offset+b.length()+w.indexRoom() > w.opts.Limit {
			if err := w.shrink(); err != nil {
				return err
			}
			b.Offset = w.offset
		}
		if _, err := w.f.WriteAt(append(b.head(), packed...), w.offset); err != nil {
			return err
		}
	}
	w.offset += b.length()
	w.blocks = append(w.blocks, b)
	w.length += b.length()
	if w.f == nil {
		w.drop(w.opts.Last)
	}
	return nil
}

// indexRoom is how much the index may take.
func (w *Writer) indexRoom() int64 { return int64(200*(len(w.blocks)+1)) + 1024 }

// drop leaves out the oldest blocks of steps until what is left fits, or is one.
func (w *Writer) drop(room int64) {
	left := 0
	for _, b := range w.blocks {
		if b.Kind == blockSteps {
			left++
		}
	}
	kept := w.blocks[:0:0]
	for _, b := range w.blocks {
		if b.Kind == blockSteps && w.length > room && left > 1 {
			left--
			w.length -= b.length()
			delete(w.kept, b.Offset)
			continue
		}
		kept = append(kept, b)
	}
	w.blocks = kept
}

// shrink writes the file anew with the newer half of what it has: a reader finds
// one or the other.
func (w *Writer) shrink() error {
	w.drop(w.opts.Limit / 2)
	fresh := w.path + ".new"
	f, err := begin(fresh)
	if err != nil {
		return err
	}
	offset := int64(fileHead)
	for i := range w.blocks {
		b := &w.blocks[i]
		whole := make([]byte, b.length())
		if _, err := w.f.ReadAt(whole, b.Offset); err != nil {
			return errors.Join(err, f.Close(), os.Remove(fresh))
		}
		if _, err := f.WriteAt(whole, offset); err != nil {
			return errors.Join(err, f.Close(), os.Remove(fresh))
		}
		b.Offset = offset
		offset += b.length()
	}
	// Windows gives an open file no other name.
	if err := errors.Join(w.f.Close(), f.Close(), os.Rename(fresh, w.path)); err != nil {
		return err
	}
	w.f, err = os.OpenFile(w.path, os.O_RDWR, 0o600)
	w.offset = offset
	return err
}

// dump writes the blocks that are kept to a file.
func (w *Writer) dump(path string) error {
	f, err := begin(path)
	if err != nil {
		return err
	}
	offset := int64(fileHead)
	var blocks []block
	for _, b := range w.blocks {
		if _, err := f.WriteAt(append(b.head(), w.kept[b.Offset]...), offset); err != nil {
			return errors.Join(err, f.Close())
		}
		b.Offset = offset
		offset += b.length()
		blocks = append(blocks, b)
	}
	return errors.Join(writeEnd(f, offset, blocks), f.Close())
}

// index is the content of the last block.
type index struct {
	Blocks []block `json:"blocks"`
}

// writeEnd writes the index and where it is.
func writeEnd(f *os.File, offset int64, blocks []block) error {
	text, err := json.Marshal(index{Blocks: blocks})
	if err != nil {
		return err
	}
	b, packed := pack(blockIndex, text, 0, 0)
	end := make([]byte, fileEnd)
	for i := range 8 {
		end[i] = byte(uint64(offset) >> (8 * i))
	}
	copy(end[8:], endMagic)
	whole := append(append(b.head(), packed...), end...)
	_, err = f.WriteAt(whole, offset)
	return err
}
