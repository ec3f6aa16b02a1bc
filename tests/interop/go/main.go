// Sends COUNT messages to a topic, then consumes the topic until as many distinct bodies have come or the
// time is up. Prints `sent BODY` and `got BODY`, each body once; whoever started it compares the two.
//
// Arguments: NAMESRV TOPIC GROUP COUNT SECONDS.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func main() {
	resolver := primitive.NewPassthroughResolver([]string{os.Args[1]})
	topic, group := os.Args[2], os.Args[3]
	count, err := strconv.Atoi(os.Args[4])
	exitOn(err)
	seconds, err := strconv.Atoi(os.Args[5])
	exitOn(err)

	exitOn(produce(resolver, topic, group, count))
	exitOn(consume(resolver, topic, group, count, time.Duration(seconds)*time.Second))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func produce(resolver primitive.NsResolver, topic, group string, count int) error {
	p, err := rocketmq.NewProducer(
		producer.WithNsResolver(resolver),
		producer.WithGroupName(group+"_producer"),
		producer.WithSendMsgTimeout(15*time.Second),
	)
	if err != nil {
		return err
	}
	if err := p.Start(); err != nil {
		return err
	}
	for i := 0; i < count; i++ {
		body := fmt.Sprintf("%s/%d", topic, i)
		result, err := p.SendSync(context.Background(), primitive.NewMessage(topic, []byte(body)).WithTag("TagA"))
		if err != nil {
			return fmt.Errorf("%s: %w", body, err)
		}
		if result.Status != primitive.SendOK {
			return fmt.Errorf("%s: %s", body, result)
		}
		fmt.Println("sent " + body)
	}
	return p.Shutdown()
}

func consume(resolver primitive.NsResolver, topic, group string, count int, patience time.Duration) error {
	c, err := rocketmq.NewPushConsumer(
		consumer.WithNsResolver(resolver),
		consumer.WithGroupName(group),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	)
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	bodies := make(map[string]bool)
	complete := make(chan struct{})
	listener := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		mutex.Lock()
		defer mutex.Unlock()
		for _, message := range messages {
			body := string(message.Body)
			if bodies[body] {
				continue
			}
			bodies[body] = true
			fmt.Println("got " + body)
			if len(bodies) == count {
				close(complete)
			}
		}
		return consumer.ConsumeSuccess, nil
	}
	if err := c.Subscribe(topic, consumer.MessageSelector{}, listener); err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	select {
	case <-complete:
	case <-time.After(patience):
	}
	return c.Shutdown()
}
