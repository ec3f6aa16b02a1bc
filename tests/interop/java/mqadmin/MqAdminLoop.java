import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Apache's mqadmin, many commands in one JVM: each line of stdin is one command line, its arguments
 * separated by tabs. The answer is what mqadmin printed, stdout and stderr together: the number of bytes on
 * a line, then the bytes.
 */
public final class MqAdminLoop {
    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
            System.setOut(capture);
            System.setErr(capture);
            MQAdminStartup.main0(line.split("\t"), null);
            capture.flush();
            answers.println(printed.size());
            answers.write(printed.toByteArray());
            answers.flush();
        }
    }
}
