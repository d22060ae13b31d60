import com.sun.management.OperatingSystemMXBean;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/**
 * Measures Apache Velocity with vtl's benchmark templates: parsed once, a new context for each
 * render, processor time of the whole process, garbage collection included. Prints name, nanoseconds per render (the best of the timed
 * rounds after warm-up) and the output, one template a line.
 */
public final class Bench {
    private static final int WARM_ROUNDS = 6;
    private static final int TIMED_ROUNDS = 9;
    private static final long ROUND_NANOS = 400_000_000L;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** What templates see as $input: its answers are ready made. */
    public static final class Input {
        private final Map<?, ?> params;
        private final Object path;

        Input(Map<?, ?> values) {
            params = (Map<?, ?>) values.get("params");
            path = values.get("path");
        }

        public Object params(String name) {
            return params.get(name);
        }

        public Object path(String path) {
            return this.path;
        }
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Input input = new Input((Map<?, ?>) new Driver.Json(Files.readString(folder.resolve("input.json"))).value());
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("velocimacro.library", "");
        engine.setProperty("file.resource.loader.path", args[0]);
        engine.setProperty("file.resource.loader.cache", "true");
        engine.setProperty("input.encoding", "UTF-8");
        engine.init();
        for (String name : Arrays.copyOfRange(args, 1, args.length)) {
            Template template = engine.getTemplate(name + ".vtl");
            for (int i = 0; i < WARM_ROUNDS; i++) {
                round(template, input);
            }
            double[] nanos = new double[TIMED_ROUNDS];
            for (int i = 0; i < TIMED_ROUNDS; i++) {
                nanos[i] = round(template, input);
            }
            Arrays.sort(nanos);
            String output = render(template, input).replace("\\", "\\\\").replace("\n", "\\n");
            System.out.printf("%s\t%.0f\t%s%n", name, nanos[0], output);
        }
    }

    private static double round(Template template, Input input) {
        long start = System.nanoTime();
        long cpu = PROCESS.getProcessCpuTime();
        long count = 0;
        long length = 0;
        while (System.nanoTime() - start < ROUND_NANOS) {
            for (int i = 0; i < 100; i++, count++) {
                length += render(template, input).length();
            }
        }
        if (length == 0) {
            throw new IllegalStateException("nothing rendered");
        }
        return (double) (PROCESS.getProcessCpuTime() - cpu) / count;
    }

    private static String render(Template template, Input input) {
        VelocityContext context = new VelocityContext();
        context.put("input", input);
        StringWriter w = new StringWriter();
        template.merge(context, w);
        return w.toString();
    }
}
