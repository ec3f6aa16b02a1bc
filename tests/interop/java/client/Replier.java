import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** Answers each request with `reply to BODY`. */
final class Replier {
    private final DefaultMQProducer producer;
    private final DefaultMQPushConsumer consumer;

    Replier(Command command) throws Exception {
        String name = command.text("name");
        producer = new DefaultMQProducer(command.text("group") + "_producer");
        producer.setNamesrvAddr(Client.namesrv);
        producer.setClientIP("127.0.0.1");
        producer.setInstanceName(name);
        producer.start();
        consumer = new DefaultMQPushConsumer(command.text("group"));
        consumer.setNamesrvAddr(Client.namesrv);
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName(name);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(command.text("topic"), "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            try {
                for (MessageExt message : messages) {
                    String body = "reply to " + new String(message.getBody(), StandardCharsets.UTF_8);
                    producer.send(MessageUtil.createReplyMessage(message, Line.bytes(body)), 3000);
                }
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            } catch (Exception failure) {
                failure.printStackTrace();
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
        });
        consumer.start();
    }

    void stop() {
        consumer.shutdown();
        producer.shutdown();
    }
}
