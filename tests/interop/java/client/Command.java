import java.util.HashMap;
import java.util.Map;

/** A command as it comes on stdin: ID VERB NAME=VALUE ..., parted by tabs. */
final class Command {
    final String id;
    final String verb;
    private final Map<String, String> values = new HashMap<>();

    Command(String line) {
        String[] words = line.split("\t", -1);
        id = words[0];
        verb = words[1];
        for (int i = 2; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            values.put(words[i].substring(0, equals), words[i].substring(equals + 1));
        }
    }

    String text(String name) {
        if (!values.containsKey(name)) {
            throw new IllegalArgumentException(verb + " needs " + name);
        }
        return values.get(name);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return values.containsKey(name) ? Integer.parseInt(values.get(name)) : otherwise;
    }

    boolean is(String name) {
        return "true".equals(values.get(name));
    }
}
