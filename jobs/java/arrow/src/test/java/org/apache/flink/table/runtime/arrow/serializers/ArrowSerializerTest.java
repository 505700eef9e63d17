package org.apache.flink.table.runtime.arrow.serializers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.arrow.ArrowUtils;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

class ArrowSerializerTest {
    private static final RowType METERS =
            RowType.of(new VarCharType(VarCharType.MAX_LENGTH), new BigIntType());
    private static final int ROWS = 10_000;

    @Test
    void whatWasWrittenIsRead() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ArrowSerializer writer = opened(InputStream.nullInputStream(), bytes);
        writeBatch(writer);
        writer.close();

        ArrowSerializer reader =
                opened(new ByteArrayInputStream(bytes.toByteArray()), new ByteArrayOutputStream());
        assertEquals(ROWS, reader.load());
        for (int row = 0; row < ROWS; row++) {
            assertEquals("meter-" + row, reader.read(row).getString(0).toString());
            assertEquals(row, reader.read(row).getLong(1));
        }
        reader.close();
    }

    @Test
    void aTaskThatIsInterruptedWhileItWritesIsClosedAndReleasesAll() throws Exception {
        long before = ArrowUtils.getRootAllocator().getAllocatedMemory();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ArrowSerializer writer = opened(InputStream.nullInputStream(), bytes);
        Thread.currentThread().interrupt();
        writeBatch(writer);
        assertNotEquals(before, ArrowUtils.getRootAllocator().getAllocatedMemory());

        writer.close();

        assertTrue(Thread.interrupted(), "who is interrupted is to notice");
        assertEquals(before, ArrowUtils.getRootAllocator().getAllocatedMemory());
    }

    @Test
    void whatHoldsMemoryIsReleasedEvenIfTheStreamFails() throws Exception {
        long before = ArrowUtils.getRootAllocator().getAllocatedMemory();
        FailingStream stream = new FailingStream();
        ArrowSerializer writer = opened(InputStream.nullInputStream(), stream);
        writeBatch(writer);
        stream.fails = true;

        IOException failure = assertThrows(IOException.class, writer::close);

        assertEquals("no room", failure.getMessage());
        assertEquals(before, ArrowUtils.getRootAllocator().getAllocatedMemory());
    }

    @Test
    void itHasTheMethodsOfTheClassThatItStandsFor() throws Exception {
        String name = ArrowSerializer.class.getName();
        List<URL> places =
                Collections.list(
                        getClass()
                                .getClassLoader()
                                .getResources(name.replace('.', '/') + ".class"));
        assertEquals(2, places.size());
        String jar = places.get(1).getPath();
        URL[] flinks = {new URL(jar.substring(0, jar.indexOf('!')))};
        try (URLClassLoader own = new OwnFirst(flinks, getClass().getClassLoader())) {
            Class<?> flinksClass = Class.forName(name, false, own);
            assertEquals(methods(flinksClass), methods(ArrowSerializer.class));
        }
    }

    private static ArrowSerializer opened(InputStream from, OutputStream to) throws Exception {
        ArrowSerializer serializer = new ArrowSerializer(METERS, METERS);
        serializer.open(from, to);
        return serializer;
    }

    private static void writeBatch(ArrowSerializer writer) throws Exception {
        for (int row = 0; row < ROWS; row++) {
            writer.write(GenericRowData.of(StringData.fromString("meter-" + row), (long) row));
        }
        writer.finishCurrentBatch();
    }

    private static Set<String> methods(Class<?> of) {
        return Arrays.stream(of.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .map(Method::toString)
                .collect(Collectors.toSet());
    }

    private static final class FailingStream extends OutputStream {
        private boolean fails;

        @Override
        public void write(int value) throws IOException {
            if (fails) {
                throw new IOException("no room");
            }
        }
    }

    /** Finds the serializer in Flink's jar, and all else as usual. */
    private static final class OwnFirst extends URLClassLoader {
        OwnFirst(URL[] jars, ClassLoader parent) {
            super(jars, parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.equals(ArrowSerializer.class.getName())) {
                return findClass(name);
            }
            return super.loadClass(name, resolve);
        }
    }
}
