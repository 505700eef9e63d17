package io.wattstream.readings.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Words keep what a message says, on their way and in a checkpoint, up to the contract's limits.
 */
class WordsTest {
    private static final long[] TIMES = {0, 1, 1_709_251_200_000L, 4_102_444_800_000L};
    private static final long[] SEQS = {0, 65_535, (1L << 53) - 1};
    private static final long[] REGISTERS = {0, -1, 100_000_000_000_000L};
    private static final long[] DEMANDS = {
        Words.NONE, 0, -1_000_000_000_000L, 1_000_000_000_000L, Long.MAX_VALUE, Long.MIN_VALUE + 1
    };
    private static final long[] VOLTS = {Words.NONE, 0, 23_001, 100_000_000};
    private static final String[] PLACES = {"u1003", "00000", "zzzzzzzzzzzz", "gcpvj0duq534"};

    private static void addRandom(Words words, Random random) {
        words.add(
                TIMES[random.nextInt(TIMES.length)],
                SEQS[random.nextInt(SEQS.length)],
                REGISTERS[random.nextInt(REGISTERS.length)],
                DEMANDS[random.nextInt(DEMANDS.length)],
                Geohash.pack(
                        PLACES[random.nextInt(PLACES.length)].getBytes(StandardCharsets.US_ASCII)),
                DEMANDS[random.nextInt(DEMANDS.length)],
                VOLTS[random.nextInt(VOLTS.length)],
                random.nextInt(7),
                random.nextBoolean() ? 0 : Integer.MAX_VALUE,
                random.nextBoolean() ? 0 : 59_999);
    }

    private static List<Long> text(Words words, int word) {
        return List.of(
                words.tsMs(word),
                words.seq(word),
                words.register(word),
                words.demand(word),
                words.geohash(word),
                words.energy(word),
                words.centivolts(word),
                (long) words.quality(word),
                (long) words.revision(word),
                (long) words.cameMs(word),
                (long) words.kind(word));
    }

    private static List<List<Long>> texts(Words words) {
        List<List<Long>> texts = new ArrayList<>();
        for (int word = 0; word < words.size(); word++) {
            texts.add(text(words, word));
        }
        return texts;
    }

    @Test
    void whatBecameOfAWordChangesNothingElse() {
        Random random = new Random(1);
        Words words = new Words();
        for (int i = 0; i < 500; i++) {
            addRandom(words, random);
            int word = words.size() - 1;
            List<Long> before = new ArrayList<>(text(words, word));
            for (int kind : new int[] {Words.MARKED, Words.REPEAT, Words.REVISION, Words.NEW}) {
                words.setKind(word, kind);
                words.setBefore(word, 7);
                words.setBefore(word, -1);
                before.set(before.size() - 1, (long) kind);
                assertEquals(before, text(words, word));
            }
        }
    }

    @Test
    void wordsAreSortedByTimeAndNumberAndStayInTheirOrderOtherwise() {
        Random random = new Random(2);
        for (int round = 0; round < 50; round++) {
            Words words = new Words();
            for (int i = 0; i < random.nextInt(60); i++) {
                words.add(random.nextInt(5), random.nextInt(3), i, 0, 0, 0, Words.NONE, 0, 0, 0);
            }
            List<List<Long>> wanted = texts(words);
            wanted.sort(
                    Comparator.comparing((List<Long> each) -> each.get(0))
                            .thenComparing(each -> each.get(1)));
            words.sort();
            assertEquals(wanted, texts(words));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void wordsOfMetersComeBackFromTheWayAndFromACheckpoint(int seed) throws IOException {
        Random random = new Random(seed);
        RowKey key = new RowKey();
        PackedWords packed = new PackedWords();
        MeterWords all = new MeterWords();
        Words[] wanted = new Words[20];
        Arrays.setAll(wanted, meter -> new Words());
        for (int part = 0; part < 100; part++) {
            int meter = random.nextInt(wanted.length);
            Words words = new Words();
            for (int i = 0; i <= random.nextInt(9); i++) {
                addRandom(words, random);
                wanted[meter].add(words, i);
            }
            packed.unpack(packed.pack(words, 3, true), key(key, meter), true, all);
        }
        assertHolds(wanted, all);
        DataOutputSerializer out = new DataOutputSerializer(64);
        all.write(out);

        MeterWords read = new MeterWords();
        read.read(new DataInputDeserializer(out.getCopyOfBuffer()));

        assertHolds(wanted, read);
        for (int meter = 0; meter < wanted.length; meter++) {
            addRandom(wanted[meter], random);
            read.add(key(key, meter), wanted[meter], wanted[meter].size() - 1);
        }
        assertHolds(wanted, read);
    }

    @Test
    void ofWordsOnTimeTheLeastDelayComesBackAndThePartition() throws IOException {
        RowKey meter = key(new RowKey(), 1);
        MeterWords all = new MeterWords();
        PackedWords packed = new PackedWords();
        for (int[] delays : new int[][] {{700, -9_000, 2_400}, {300}, {0, 5}}) {
            Words words = new Words();
            for (int delay : delays) {
                words.add(TIMES[2], 1, 2, 3, 0, 4, Words.NONE, 0, 0, delay);
            }
            packed.unpack(packed.pack(words, delays.length, false), meter, false, all);
        }
        DataOutputSerializer out = new DataOutputSerializer(64);
        all.write(out);
        MeterWords read = new MeterWords();
        read.read(new DataInputDeserializer(out.getCopyOfBuffer()));

        for (MeterWords each : List.of(all, read)) {
            assertEquals(3, each.partition(0));
            Words words = each.words(0, new Words());
            List<Integer> delays = new ArrayList<>();
            for (int word = 0; word < words.size(); word++) {
                delays.add(words.cameMs(word));
            }
            assertEquals(List.of(-9_000, -9_000, -9_000, 300, 0, 0), delays);
        }
    }

    @Test
    void aPulseComesBackFromItsWay() throws IOException {
        for (Pulse pulse :
                List.of(
                        new Pulse(0, 0, 0, List.of()),
                        new Pulse(0, 0, 0, List.of(new Pulse.Beats(true, 0, 0))),
                        new Pulse(
                                65_535,
                                TIMES[2],
                                TIMES[3],
                                List.of(
                                        new Pulse.Beats(false, TIMES[2], TIMES[3]),
                                        new Pulse.Beats(true, TIMES[3], TIMES[3]))))) {
            assertEquals(pulse, Pulse.of(pulse.toBytes()));
        }
    }

    @Test
    void heartbeatsStayInTheirOrder() {
        Pulse first = new Pulse(3, 20, 50, List.of(beats(false, 20, 20), beats(true, 30, 50)));
        Pulse next = new Pulse(3, 10, 90, List.of(beats(true, 40, 60), beats(false, 70, 70)));

        assertEquals(
                new Pulse(
                        3,
                        10,
                        90,
                        List.of(beats(false, 20, 20), beats(true, 30, 60), beats(false, 70, 70))),
                first.with(next));
    }

    private static Pulse.Beats beats(boolean closes, long firstMs, long lastMs) {
        return new Pulse.Beats(closes, firstMs, lastMs);
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "5000, 5000", "10000, 10000", "12000, 6000", "60000, 10000"})
    void nobodyIsQuietWithinAPulse(long sliceMs, long lengthMs) {
        assertEquals(lengthMs, Pulse.lengthMs(sliceMs));
    }

    private static RowKey key(RowKey key, int meter) {
        return key.set(StringData.fromString("a-meter-with-a-long-name-" + meter), meter % 3);
    }

    private static void assertHolds(Words[] wanted, MeterWords all) {
        RowKey key = new RowKey();
        Words words = new Words();
        for (int meter = 0; meter < wanted.length; meter++) {
            int row = all.find(key(key, meter));
            assertTrue(row >= 0);
            assertEquals(texts(wanted[meter]), texts(all.words(row, words)));
        }
    }

    @Test
    void wholeNumbersOfAllSizes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(16);
        List<Long> numbers = numbersOfAllSizes();
        for (long number : numbers) {
            Varints.write(out, number);
        }
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());

        for (long number : numbers) {
            assertEquals(number, Varints.read(in));
        }
        assertEquals(0, in.available());
    }

    private static List<Long> numbersOfAllSizes() {
        List<Long> numbers = new ArrayList<>(List.of(Long.MIN_VALUE, Long.MAX_VALUE));
        for (int bits = 0; bits < 63; bits++) {
            for (long near : new long[] {-1, 0, 1}) {
                numbers.add((1L << bits) + near);
                numbers.add(-(1L << bits) + near);
            }
        }
        return numbers;
    }

    @Test
    void wholeNumbersOfAllSizesByTwo() throws IOException {
        List<Long> numbers = numbersOfAllSizes();
        byte[] put = new byte[numbers.size() * numbers.size() * LongPairs.MOST_BYTES];
        int length = 0;
        for (long first : numbers) {
            for (long second : numbers) {
                length = LongPairs.put(put, length, first, second);
            }
        }
        DataInputDeserializer in = new DataInputDeserializer(put, 0, length);

        LongPairs pair = new LongPairs();
        for (long first : numbers) {
            for (long second : numbers) {
                pair.read(in);
                assertEquals(first, pair.first);
                assertEquals(second, pair.second);
            }
        }
        assertEquals(0, in.available());
    }

    @ParameterizedTest
    @ValueSource(strings = {"00000", "zzzzz", "u1003bc", "gcpvj0duq534", "zzzzzzzzzzzz"})
    void anAreaIsTheBeginningOfAPlace(String place) {
        long packed = Geohash.pack(place.getBytes(StandardCharsets.US_ASCII));

        assertEquals(
                place.substring(0, 5),
                new String(Geohash.areaName(Geohash.area(packed)), StandardCharsets.US_ASCII));
    }

    @Test
    void anAnnouncementComesBackFromItsWay() throws IOException {
        for (Announcement announcement :
                List.of(
                        new Announcement("", "", 0, false, 0, false, 0, false, 0),
                        new Announcement(
                                "f".repeat(64),
                                "US-CA",
                                1,
                                true,
                                1L << 47,
                                true,
                                1_000_000_000,
                                true,
                                1L << 41))) {
            assertEquals(announcement, Announcement.of(announcement.toBytes()));
        }
    }
}
