package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

import javax.annotation.Nullable;

/** What a meter's register was at the ends of half-hours, on the days that have not been said. */
final class Days {
    static final long DAY_MS = 86_400_000;
    static final long HALF_HOUR_MS = 1_800_000;
    static final int HALF_HOURS = (int) (DAY_MS / HALF_HOUR_MS);

    /** Thousandths. */
    private static final long WH = 1_000;

    private static final int UNKNOWN = -1;

    /** A day: of the beginning and the end of each half-hour the last reading up to then. */
    private static final class Day {
        private final long[] registers = new long[HALF_HOURS + 1];

        /** How long before it was read, or UNKNOWN. */
        private final int[] agesMs = new int[HALF_HOURS + 1];

        Day() {
            Arrays.fill(agesMs, UNKNOWN);
        }

        void read(int place, int ageMs, long register) {
            if (agesMs[place] == UNKNOWN || ageMs <= agesMs[place]) {
                agesMs[place] = ageMs;
                registers[place] = register;
            }
        }

        boolean isAnyAfter(int place) {
            for (int later = place + 1; later <= HALF_HOURS; later++) {
                if (agesMs[later] != UNKNOWN) {
                    return true;
                }
            }
            return false;
        }
    }

    private final NavigableMap<Long, Day> days = new TreeMap<>();

    /** End of the half-hour that a moment is in; the end belongs to it. */
    static long endOf(long timeMs) {
        return timeMs + Math.floorMod(-timeMs, HALF_HOUR_MS);
    }

    static long dayOf(long timeMs) {
        return timeMs - Math.floorMod(timeMs, DAY_MS);
    }

    /**
     * Hears of a reading.
     *
     * @param firstDayMs days before are over
     * @return the day that it is in, or the largest number if that is over
     */
    long read(long tsMs, long register, long firstDayMs) {
        long endMs = endOf(tsMs);
        int ageMs = (int) (endMs - tsMs);
        long dayMs = dayOf(endMs);
        int place = (int) ((endMs - dayMs) / HALF_HOUR_MS);
        long openedMs = Long.MAX_VALUE;
        if (place == 0 && dayMs - DAY_MS >= firstDayMs) {
            openedMs = dayMs - DAY_MS;
            day(openedMs).read(HALF_HOURS, ageMs, register);
        }
        if (dayMs >= firstDayMs) {
            day(dayMs).read(place, ageMs, register);
            openedMs = Math.min(openedMs, place == 0 ? openedMs : dayMs);
        }
        return openedMs;
    }

    private Day day(long dayMs) {
        return days.computeIfAbsent(dayMs, start -> new Day());
    }

    /** Whether there is a reading in a day. */
    boolean isAnyIn(long dayMs) {
        Day day = days.get(dayMs);
        return day != null && day.isAnyAfter(0);
    }

    /** Without days up to one; null if there are no others. */
    @Nullable
    static Days after(@Nullable Days of, long dayMs) {
        if (of != null) {
            of.days.headMap(dayMs, true).clear();
        }
        return of == null || of.days.isEmpty() ? null : of;
    }

    /** Appends what the meter counted in a day: {@code MeterDay} of contracts/facts.py. */
    static void append(StringBuilder json, String meterId, @Nullable Days of, long dayMs) {
        Day day = of == null ? null : of.days.get(dayMs);
        boolean goesOn = of != null && of.isAnyIn(dayMs + DAY_MS);
        json.append("[\"").append(meterId).append("\",[");
        boolean isFirst = true;
        long firstWh = 0;
        for (int place = 0; place <= HALF_HOURS; place++) {
            json.append(place == 0 ? "" : ",");
            // A reading within the half-hour is not at its end if the meter says nothing more.
            boolean isKnown =
                    day != null
                            && day.agesMs[place] != UNKNOWN
                            && (day.agesMs[place] == 0 || goesOn || day.isAnyAfter(place));
            if (!isKnown) {
                json.append("null");
                continue;
            }
            long wh = Math.floorDiv(day.registers[place], WH);
            firstWh = isFirst ? wh : firstWh;
            isFirst = false;
            json.append(wh - firstWh);
        }
        json.append("]]");
    }

    static void write(@Nullable Days of, DataOutputView out) throws IOException {
        out.writeInt(of == null ? 0 : of.days.size());
        if (of == null) {
            return;
        }
        for (Map.Entry<Long, Day> each : of.days.entrySet()) {
            out.writeLong(each.getKey());
            Day day = each.getValue();
            for (int place = 0; place <= HALF_HOURS; place++) {
                Varints.write(out, day.agesMs[place]);
                if (day.agesMs[place] != UNKNOWN) {
                    Varints.write(out, day.registers[place]);
                }
            }
        }
    }

    @Nullable
    static Days read(DataInputView in) throws IOException {
        int left = in.readInt();
        if (left == 0) {
            return null;
        }
        Days read = new Days();
        for (; left > 0; left--) {
            Day day = read.day(in.readLong());
            for (int place = 0; place <= HALF_HOURS; place++) {
                day.agesMs[place] = (int) Varints.read(in);
                if (day.agesMs[place] != UNKNOWN) {
                    day.registers[place] = Varints.read(in);
                }
            }
        }
        return read;
    }
}
