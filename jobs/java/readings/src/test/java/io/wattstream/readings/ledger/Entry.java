package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.PackOperator;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

import javax.annotation.Nullable;

/**
 * A usable record of the log as tests write it: a reading, an announcement, a heartbeat, a gasp.
 */
final class Entry {
    /** Readings that were longer on their way are late. */
    static final long ON_TIME_MS = 2_400;

    /** Those of clocks that are further ahead are signs of life, gasps not even that. */
    static final long AHEAD_MS = 10_000;

    static final PackOperator.Columns COLUMNS =
            new PackOperator.Columns(
                    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                    22, 23, 24, 25, 26, 27);

    final long arrivalMs;
    String meter = "m";
    String commodity = "electricity";
    String geohash = "u1003bc";
    boolean isAnnouncement;
    boolean isHeartbeat;
    boolean isClosing;

    /** Whether it says that its meter lost power, at its time. */
    boolean isGasp;

    /** Which it is read from. */
    int partition;

    long tsMs;
    long seq;
    long register;
    @Nullable Long demand;
    @Nullable Long energy;
    @Nullable Double volts;
    @Nullable String quality;
    long revision;

    @Nullable String feeder;
    @Nullable String region;
    @Nullable Long cadenceMs;
    @Nullable String kind;
    @Nullable Long registerSize;
    boolean removed;
    @Nullable Long capacityW;
    @Nullable String supply;
    @Nullable Long installedMs;

    private Entry(long arrivalMs) {
        this.arrivalMs = arrivalMs;
    }

    /** A reading of meter "m" that is half a second on its way; registers in thousandths. */
    static Entry reading(long tsMs, long seq, long register) {
        return reading(tsMs, 500, seq, register);
    }

    static Entry reading(long tsMs, long wayMs, long seq, long register) {
        Entry entry = new Entry(tsMs + wayMs);
        entry.tsMs = tsMs;
        entry.seq = seq;
        entry.register = register;
        return entry;
    }

    static Entry announcement(long arrivalMs) {
        Entry entry = new Entry(arrivalMs);
        entry.isAnnouncement = true;
        return entry;
    }

    /** One of the partition's writer. */
    static Entry heartbeat(long arrivalMs) {
        Entry entry = new Entry(arrivalMs);
        entry.isHeartbeat = true;
        return entry;
    }

    /** One that says that the writer closes. */
    static Entry closing(long arrivalMs) {
        Entry entry = heartbeat(arrivalMs);
        entry.isClosing = true;
        return entry;
    }

    /** A meter says that it lost power at a time of its clock. */
    static Entry gasp(long tsMs, long wayMs) {
        Entry entry = new Entry(tsMs + wayMs);
        entry.isGasp = true;
        entry.tsMs = tsMs;
        return entry;
    }

    Entry in(int partition) {
        this.partition = partition;
        return this;
    }

    Entry of(String meter) {
        this.meter = meter;
        return this;
    }

    Entry commodity(String commodity) {
        this.commodity = commodity;
        return this;
    }

    Entry at(String geohash) {
        this.geohash = geohash;
        return this;
    }

    Entry demand(@Nullable Long demand) {
        this.demand = demand;
        return this;
    }

    Entry energy(@Nullable Long energy) {
        this.energy = energy;
        return this;
    }

    Entry volts(@Nullable Double volts) {
        this.volts = volts;
        return this;
    }

    Entry quality(@Nullable String quality) {
        this.quality = quality;
        return this;
    }

    Entry revision(long revision) {
        this.revision = revision;
        return this;
    }

    Entry feeder(@Nullable String feeder) {
        this.feeder = feeder;
        return this;
    }

    Entry region(@Nullable String region) {
        this.region = region;
        return this;
    }

    Entry cadenceMs(@Nullable Long cadenceMs) {
        this.cadenceMs = cadenceMs;
        return this;
    }

    Entry kind(@Nullable String kind) {
        this.kind = kind;
        return this;
    }

    Entry registerSize(@Nullable Long registerSize) {
        this.registerSize = registerSize;
        return this;
    }

    Entry capacityW(@Nullable Long capacityW) {
        this.capacityW = capacityW;
        return this;
    }

    Entry supply(@Nullable String supply) {
        this.supply = supply;
        return this;
    }

    Entry installedMs(@Nullable Long installedMs) {
        this.installedMs = installedMs;
        return this;
    }

    Entry removed() {
        removed = true;
        return this;
    }

    boolean isLate() {
        return isReading() && arrivalMs - tsMs > ON_TIME_MS;
    }

    boolean isAhead() {
        return (isReading() || isGasp) && tsMs - arrivalMs > AHEAD_MS;
    }

    boolean isReading() {
        return !isAnnouncement && !isHeartbeat && !isGasp;
    }

    /** The row that the jobs' SQL makes of it. */
    RowData row() {
        return GenericRowData.of(
                text(meter),
                text(geohash),
                text(commodity),
                isReading() ? tsMs : null,
                isReading() ? seq : null,
                isReading() ? register : null,
                demand,
                volts,
                energy,
                revision,
                text(quality),
                arrivalMs,
                isLate(),
                isAnnouncement,
                text(feeder),
                text(region),
                cadenceMs,
                text(kind),
                registerSize,
                removed,
                capacityW,
                text(supply),
                installedMs,
                isHeartbeat || isGasp,
                partition,
                isAhead(),
                isHeartbeat ? isClosing : null,
                isGasp ? tsMs : null);
    }

    @Nullable
    private static StringData text(@Nullable String text) {
        return text == null ? null : StringData.fromString(text);
    }

    @Override
    public String toString() {
        return isAnnouncement
                ? "%d %s %s: %s %s %s %s %s removed %s, %s W, supply %s, installed %s"
                        .formatted(
                                arrivalMs,
                                meter,
                                commodity,
                                feeder,
                                region,
                                cadenceMs,
                                kind,
                                registerSize,
                                removed,
                                capacityW,
                                supply,
                                installedMs)
                : "%d %s %s: ts %d seq %d r%d register %d demand %s energy %s %s"
                        .formatted(
                                arrivalMs, meter, commodity, tsMs, seq, revision, register, demand,
                                energy, geohash);
    }
}
