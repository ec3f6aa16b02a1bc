import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/**
 * Apache's Java client, told on stdin what to do, each command on a thread of its own. What it did and saw goes to
 * stdout, a line of JSON for each operation and each answered command. Ends with stdin.
 *
 * Argument: NAMESRV. harness/clients.py lists the commands. The same source is compiled against each client version.
 */
public final class Client {
    static String namesrv;

    private static final Map<String, Sender> SENDERS = new ConcurrentHashMap<>();
    private static final Map<String, Runnable> STOPS = new ConcurrentHashMap<>();

    public static void main(String[] arguments) throws Exception {
        namesrv = arguments[0];
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Command command = new Command(line);
            new Thread(() -> obey(command), command.verb).start();
        }
        System.exit(0);
    }

    private static void obey(Command command) {
        try {
            Line reply = Line.reply(command.id);
            run(command, reply);
            reply.write();
        } catch (Throwable failure) {
            failure.printStackTrace();
            Line.reply(command.id).put("why", failure.toString()).write();
        }
    }

    private static void run(Command command, Line reply) throws Exception {
        String name = command.text("name", "");
        switch (command.verb) {
            case "producer":
                Sender sender = new Sender(command);
                SENDERS.put(name, sender);
                STOPS.put(name, sender::stop);
                break;
            case "send":
                sender(command).send(command);
                break;
            case "halt":
                sender(command).halt();
                break;
            case "view":
                sender(command).view(command);
                break;
            case "query":
                sender(command).query(command);
                break;
            case "request":
                sender(command).request(command);
                break;
            case "consumer":
                STOPS.put(name, new PushReceiver(command)::stop);
                break;
            case "lite":
                STOPS.put(name, new LiteReceiver(command)::stop);
                break;
            case "replier":
                STOPS.put(name, new Replier(command)::stop);
                break;
            case "stop":
                STOPS.remove(name).run();
                break;
            case "offers":
                reply.put("offers", offers());
                break;
            default:
                throw new IllegalArgumentException("no such command: " + command.verb);
        }
    }

    private static Sender sender(Command command) {
        return SENDERS.get(command.text("producer"));
    }

    /** The names of all that can be called of the library's classes. */
    private static Set<String> offers() {
        Set<String> names = new TreeSet<>();
        for (Class<?> one : new Class<?>[] {
            DefaultMQProducer.class, DefaultMQPushConsumer.class, DefaultLitePullConsumer.class}) {
            for (Method method : one.getMethods()) {
                if (Modifier.isPublic(method.getModifiers())) {
                    names.add(one.getSimpleName() + "." + method.getName());
                }
            }
        }
        return names.stream().map(Line::quoted).collect(Collectors.toCollection(TreeSet::new));
    }
}
