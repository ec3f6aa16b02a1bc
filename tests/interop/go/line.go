package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// line is one line of the history. harness/history.py says which fields there are, and what they mean.
type line map[string]interface{}

var out sync.Mutex

// write puts the line onto stdout, as JSON.
func (l line) write() {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	out.Lock()
	defer out.Unlock()
	os.Stdout.Write(append(text, '\n'))
}

func (l line) from(startUs int64) line {
	l["start_us"], l["end_us"] = startUs, nowUs()
	return l
}

// message adds what a message that came tells of itself.
func (l line) message(m *primitive.MessageExt) line {
	l["hash"], l["id"], l["times"], l["stored_ms"] = hash(&m.Message), m.OffsetMsgId, m.ReconsumeTimes, m.StoreTimestamp
	l["offset"] = m.QueueOffset
	return l
}

func nowUs() int64 {
	return time.Now().UnixNano() / 1000
}

// hash stands for all that a user put into a message: tags, keys, properties named x-..., body.
func hash(m *primitive.Message) string {
	var names []string
	for name := range m.GetProperties() {
		if strings.HasPrefix(name, "x-") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	digest := sha256.New()
	digest.Write([]byte(m.GetTags() + "\x00" + m.GetKeys() + "\x00"))
	for _, name := range names {
		digest.Write([]byte(name + "=" + m.GetProperty(name) + "\x00"))
	}
	digest.Write(m.Body)
	return hex.EncodeToString(digest.Sum(nil)[:8])
}
