package io.wattstream.readings;

import org.apache.flink.table.functions.ScalarFunction;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * SQL function: whether there is a file where models are published, at most a second ago. It is
 * asked in the JVM, so that without models no hour is handed to Python.
 */
public final class IsPublished extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private transient boolean hasLooked;
    private transient long lookedNs;
    private transient boolean isThere;

    /** Whether the file is there. */
    public boolean eval(String manifest) {
        if (!isThere && (!hasLooked || System.nanoTime() - lookedNs > AGAIN_NS)) {
            isThere = Files.exists(Path.of(manifest));
            hasLooked = true;
            lookedNs = System.nanoTime();
        }
        return isThere;
    }

    /** What is published changes. */
    @Override
    public boolean isDeterministic() {
        return false;
    }
}
