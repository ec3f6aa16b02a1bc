import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A lite pull consumer, which subscribes and shares the queues with its group, or is told its queues and an offset. */
final class LiteReceiver {
    private final String name;
    private final String group;
    private final String topic;
    private final DefaultLitePullConsumer consumer;
    private final QueueWatch watch;
    private final Thread poller;
    /** What comes next of the queues that it was told, whose offset it must mind itself. */
    private final Map<MessageQueue, Long> next = new HashMap<>();
    private volatile boolean ended;

    LiteReceiver(Command command) throws Exception {
        name = command.text("name");
        group = command.text("group");
        topic = command.text("topic");
        consumer = new DefaultLitePullConsumer(group);
        consumer.setNamesrvAddr(Client.namesrv);
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName(name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPollNameServerInterval(1000);
        consumer.setHeartbeatBrokerInterval(1000); // the one after a rebalance may be left out: the next in 30 s otherwise
        consumer.setAutoCommit(false);
        String tags = command.text("tags", "*");
        if (!command.is("assign")) {
            consumer.subscribe(topic, tags);
        }
        long start = Line.nowUs();
        consumer.start();
        if (command.is("assign")) {
            assign(command.number("seek", 0));
        }
        new Line("join").put("client", name).put("group", group).put("topic", topic).put("outcome", "ok")
            .put("tags", tags).put("model", command.is("assign") ? "assigned" : "clustering").put("order", "queue")
            .from(start).write();
        watch = new QueueWatch(name, group, this::held);
        watch.start();
        poller = new Thread(this::poll, "poll of " + name);
        poller.start();
    }

    private void assign(int offset) throws MQClientException {
        List<MessageQueue> queues = new ArrayList<>(consumer.fetchMessageQueues(topic));
        consumer.assign(queues);
        for (MessageQueue queue : queues) {
            seek(queue, offset, 10);
            next.put(queue, (long) offset);
        }
    }

    /** A seek interrupts the library's own pulls, and one that is interrupted closes the connection that all share. */
    private void seek(MessageQueue queue, long offset, int tries) throws MQClientException {
        try {
            consumer.seek(queue, offset);
        } catch (MQClientException failure) {
            if (tries == 1) {
                throw failure;
            }
            seek(queue, offset, tries - 1);
        }
    }

    private Collection<MessageQueue> held() {
        try {
            return consumer.assignment();
        } catch (MQClientException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void poll() {
        while (!ended) {
            List<MessageExt> messages = consumer.poll(200);
            Set<MessageQueue> passedOver = new HashSet<>();
            for (MessageExt message : messages) {
                if (!isNext(message, passedOver)) {
                    continue;
                }
                long start = Line.nowUs();
                new Line("receive").put("client", name).put("group", group).put("outcome", "ok")
                    .put("topic", message.getTopic()).put("broker", message.getBrokerName())
                    .put("queue", message.getQueueId()).put("offset", message.getQueueOffset()).message(message)
                    .from(start).write();
            }
            seekAgain(passedOver);
            if (!messages.isEmpty()) {
                consumer.commitSync();
            }
        }
    }

    /**
     * A pull that was on its way at a seek may win over it, and the library then goes on behind that: the queue was passed
     * over, and must be sought again.
     */
    private boolean isNext(MessageExt message, Set<MessageQueue> passedOver) {
        MessageQueue queue = new MessageQueue(message.getTopic(), message.getBrokerName(), message.getQueueId());
        Long expected = next.get(queue);
        if (expected == null) {
            return true;
        }
        if (message.getQueueOffset() == expected) {
            next.put(queue, expected + 1);
            return true;
        }
        if (message.getQueueOffset() > expected) {
            passedOver.add(queue);
        }
        return false;
    }

    private void seekAgain(Set<MessageQueue> queues) {
        try {
            for (MessageQueue queue : queues) {
                seek(queue, next.get(queue), 10);
            }
        } catch (MQClientException failure) {
            throw new IllegalStateException(failure);
        }
    }

    void stop() {
        ended = true;
        watch.end();
        try {
            poller.join();
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
        long start = Line.nowUs();
        consumer.shutdown();
        new Line("leave").put("client", name).put("group", group).put("topic", topic).put("outcome", "ok").from(start)
            .write();
    }
}
