import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A push consumer: concurrent or orderly, of a group that shares the messages or one in which each gets all. */
final class PushReceiver {
    private final String name;
    private final String group;
    private final String topic;
    private final DefaultMQPushConsumer consumer;
    private final boolean orderly;
    private final Policy policy;
    private final QueueWatch watch;

    PushReceiver(Command command) throws Exception {
        name = command.text("name");
        group = command.text("group");
        topic = command.text("topic");
        orderly = command.is("orderly");
        policy = new Policy(command);
        consumer = command.is("trace")
            ? new DefaultMQPushConsumer(group, true, null) : new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(Client.namesrv);
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName(name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeThreadMin(command.number("threads", 4));
        consumer.setConsumeThreadMax(command.number("threads", 4));
        consumer.setPersistConsumerOffsetInterval(500);
        consumer.setPollNameServerInterval(1000);
        consumer.setHeartbeatBrokerInterval(1000); // the one after a rebalance may be left out: the next in 30 s otherwise
        consumer.setMaxReconsumeTimes(command.number("maxTimes", -1));
        consumer.setAwaitTerminationMillisWhenShutdown(10000);
        if (command.is("broadcast")) {
            // The enumeration lies in another package in each version, so its name cannot stand here.
            var model = consumer.getMessageModel();
            consumer.setMessageModel(Enum.valueOf(model.getDeclaringClass(), "BROADCASTING"));
        }
        consumer.subscribe(topic, command.text("tags", "*"));
        if (orderly) {
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                context.setSuspendCurrentQueueTimeMillis(command.number("suspendMs", 100));
                return take(messages, context.getMessageQueue())
                    ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
            });
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) ->
                take(messages, context.getMessageQueue())
                    ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER);
        }
        long start = Line.nowUs();
        consumer.start();
        new Line("join").put("client", name).put("group", group).put("topic", topic).put("outcome", "ok")
            .put("tags", command.text("tags", "*")).put("model", command.is("broadcast") ? "broadcasting" : "clustering")
            .put("order", orderly ? "queue" : "none").from(start).write();
        watch = new QueueWatch(name, group, this::held);
        watch.start();
    }

    private Collection<MessageQueue> held() {
        Set<MessageQueue> held = new HashSet<>();
        consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().forEach((queue, process) -> {
            if (!process.isDropped() && (process.isLocked() || !orderly)) {
                held.add(queue);
            }
        });
        return held;
    }

    /** One message at a time, unless the consumer is told otherwise. The queue is the one it really lies in: the
     * message itself, when it comes again, names the topic that it was sent to first. */
    private boolean take(List<MessageExt> messages, MessageQueue queue) {
        boolean all = true;
        for (MessageExt message : messages) {
            long start = Line.nowUs();
            boolean consumed = policy.consumes(message);
            all &= consumed;
            new Line("receive").put("client", name).put("group", group).put("outcome", consumed ? "ok" : "failed")
                .put("topic", queue.getTopic()).put("broker", queue.getBrokerName()).put("queue", queue.getQueueId())
                .put("offset", message.getQueueOffset()).message(message).from(start).write();
        }
        return all;
    }

    void stop() {
        watch.end();
        long start = Line.nowUs();
        consumer.shutdown();
        new Line("leave").put("client", name).put("group", group).put("topic", topic).put("outcome", "ok").from(start)
            .write();
    }
}
