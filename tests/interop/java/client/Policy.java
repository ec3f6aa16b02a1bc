import org.apache.rocketmq.common.message.MessageExt;

/** Which messages a consumer fails to consume, and how often: every `failEvery`th, until its times are `failTimes`. */
final class Policy {
    private final int failEvery;
    private final int failTimes;

    Policy(Command command) {
        failEvery = command.number("failEvery", 0);
        failTimes = command.number("failTimes", 0);
    }

    boolean consumes(MessageExt message) {
        return failEvery == 0 || Integer.parseInt(message.getUserProperty("x-number")) % failEvery != 0
            || message.getReconsumeTimes() >= failTimes;
    }
}
