package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const mostInFlight = 64

// sender is a producer: sends in each way there is, and asks for replies.
type sender struct {
	name     string
	producer rocketmq.Producer
	halted   atomic.Bool
}

func newSender(c command) (*sender, error) {
	s := &sender{name: c.text("name", "")}
	options := []producer.Option{
		producer.WithNsResolver(resolver),
		producer.WithGroupName(c.text("group", "")),
		producer.WithInstanceName(s.name),
		producer.WithSendMsgTimeout(15 * time.Second),
		producer.WithQueueSelector(chosenQueue{producer.NewRoundRobinQueueSelector()}),
	}
	if c.is("trace") {
		options = append(options, producer.WithTrace(traceConfig(c)))
	}
	p, err := rocketmq.NewProducer(options...)
	if err != nil {
		return nil, err
	}
	s.producer = p
	return s, p.Start()
}

func traceConfig(c command) *primitive.TraceConfig {
	return &primitive.TraceConfig{GroupName: c.text("group", ""), Access: primitive.Local, Resolver: resolver}
}

// chosenQueue takes the queue that the message names by its sharding key, if any.
type chosenQueue struct {
	otherwise producer.QueueSelector
}

func (c chosenQueue) Select(m *primitive.Message, queues []*primitive.MessageQueue, last string) *primitive.MessageQueue {
	for _, queue := range queues {
		if m.GetShardingKey() == fmt.Sprint(queue.QueueId) {
			return queue
		}
	}
	return c.otherwise.Select(m, queues, last)
}

func (s *sender) stop() error {
	s.halted.Store(true)
	return s.producer.Shutdown()
}

func (s *sender) send(c command) error {
	first, count := c.number("first", 0), c.number("count", 0)
	most := first + count
	if count == 0 {
		most = int(^uint(0) >> 1)
	}
	s.halted.Store(false)
	var pending sync.WaitGroup
	inFlight := make(chan struct{}, mostInFlight)
	for i := first; i < most && !s.halted.Load(); i++ {
		time.Sleep(time.Duration(c.number("pauseMs", 0)) * time.Millisecond)
		switch c.text("mode", "sync") {
		case "sync":
			s.sendSync(c, messageOf(c, i))
		case "async":
			inFlight <- struct{}{}
			pending.Add(1)
			s.sendAsync(c, messageOf(c, i), func() { <-inFlight; pending.Done() })
		case "oneway":
			m, start := messageOf(c, i), nowUs()
			if err := s.producer.SendOneWay(context.Background(), m); err != nil {
				return err
			}
			s.line(c, m, start, line{"outcome": "unknown"}).write()
		case "batch":
			size := c.number("batch", 16)
			if size > most-i {
				size = most - i
			}
			s.sendBatch(c, i, size)
			i += size - 1
		default:
			return fmt.Errorf("no such way to send: %s", c.text("mode", ""))
		}
	}
	pending.Wait()
	return nil
}

func messageOf(c command, number int) *primitive.Message {
	tags := strings.Split(c.text("tags", ""), ",")
	prefix := c.text("prefix", "")
	body := fmt.Sprintf("%s/%d", prefix, number)
	for len(body) < c.number("bytes", 0) {
		body += " and on"
	}
	m := primitive.NewMessage(c.text("topic", ""), []byte(body))
	if tag := tags[number%len(tags)]; tag != "" {
		m.WithTag(tag)
	}
	m.WithKeys([]string{c.text("keys", fmt.Sprintf("%s-%d", prefix, number))})
	m.WithProperty("x-number", fmt.Sprint(number))
	m.WithProperty("x-text", c.text("text", "grün = 緑; %|\"\\"))
	if level := c.number("level", 0); level > 0 {
		m.WithDelayTimeLevel(level)
	}
	if queues := c.number("queues", 0); queues > 0 {
		m.WithShardingKey(fmt.Sprint(number % queues))
	}
	return m
}

func (s *sender) line(c command, m *primitive.Message, start int64, more line) line {
	more["kind"], more["client"], more["topic"], more["hash"] = "send", s.name, m.Topic, hash(m)
	more["tag"], more["keys"], more["level"] = m.GetTags(), m.GetKeys(), c.number("level", 0)
	return more.from(start)
}

// outcome is what became of the place-th message of a send. A refusal by the broker is an answer, whatever else
// happens leaves open whether the message is there.
func outcome(result *primitive.SendResult, err error, place int) line {
	if err != nil && strings.HasPrefix(err.Error(), "CODE: ") {
		return line{"outcome": "failed", "why": err.Error()}
	}
	if err != nil || result.Status != primitive.SendOK {
		return line{"outcome": "unknown", "why": fmt.Sprint(err, result)}
	}
	id := result.OffsetMsgID
	if ids := strings.Split(id, ","); len(ids) > place {
		id = ids[place]
	}
	return line{"outcome": "ok", "broker": result.MessageQueue.BrokerName, "queue": result.MessageQueue.QueueId,
		"offset": result.QueueOffset + int64(place), "id": id, "unique": result.MsgID}
}

func (s *sender) sendSync(c command, m *primitive.Message) {
	start := nowUs()
	result, err := s.producer.SendSync(context.Background(), m)
	s.line(c, m, start, outcome(result, err, 0)).write()
}

func (s *sender) sendAsync(c command, m *primitive.Message, done func()) {
	start := nowUs()
	var once sync.Once // the library may report a failure twice
	report := func(_ context.Context, result *primitive.SendResult, err error) {
		once.Do(func() {
			s.line(c, m, start, outcome(result, err, 0)).write()
			done()
		})
	}
	if err := s.producer.SendAsync(context.Background(), report, m); err != nil {
		report(nil, nil, err)
	}
}

func (s *sender) sendBatch(c command, first, size int) {
	var messages []*primitive.Message
	for i := 0; i < size; i++ {
		messages = append(messages, messageOf(c, first+i))
	}
	batch := fmt.Sprintf("%s/%s/%d", s.name, c.text("prefix", ""), first)
	start := nowUs()
	result, err := s.producer.SendSync(context.Background(), messages...)
	for i, m := range messages {
		l := s.line(c, m, start, outcome(result, err, i))
		l["batch"] = batch
		l.write()
	}
}

func (s *sender) request(c command) error {
	for i := 0; i < c.number("count", 1); i++ {
		m, start := messageOf(c, i), nowUs()
		reply, err := s.producer.Request(context.Background(), 30*time.Second, m)
		if err != nil {
			return err
		}
		line{"kind": "request", "client": s.name, "outcome": "ok", "topic": m.Topic, "body": string(m.Body),
			"answer": string(reply.Body)}.from(start).write()
	}
	return nil
}
