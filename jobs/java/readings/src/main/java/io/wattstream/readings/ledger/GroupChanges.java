package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

import java.util.function.Consumer;

/**
 * How areas, feeders and regions change in one slice through the meters of one subtask, added up
 * before they are sent: a dense city is one group with many meters.
 */
final class GroupChanges {
    private final Names names;
    private final RowKey key = new RowKey();
    private final RowTable changes = new RowTable(GroupRow.FIGURES);

    GroupChanges(Names names) {
        this.names = names;
    }

    /** Adds what a meter's share adds to its groups, or takes away. */
    void add(Share share, int commodity, int sign, int readings) {
        add(Group.AREA, share.area, commodity, share, sign, readings);
        if (share.feeder > 0) {
            add(Group.FEEDER, share.feeder, commodity, share, sign, readings);
        }
        if (share.region > 0) {
            add(Group.REGION, share.region, commodity, share, sign, readings);
        }
    }

    private void add(int kind, long id, int commodity, Share share, int sign, int readings) {
        int row = changes.findOrAdd(key.set(id, GroupRow.number(kind, commodity)));
        int at = changes.at(row) + RowTable.OWN;
        long[] figures = changes.rows;
        figures[at + GroupRow.READINGS] += readings;
        figures[at + GroupRow.ENERGY] += sign * share.energy;
        figures[at + GroupRow.DEMAND] += sign * share.demand;
        if (share.state != Share.NOWHERE) {
            figures[at + GroupRow.REPORTING + share.state - Share.REPORTING] += sign;
        }
    }

    /** Sends all that changed, and forgets it. */
    void send(long endMs, Consumer<RowData> out) {
        for (int row = 0; row < changes.size(); row++) {
            int at = changes.at(row) + RowTable.OWN;
            boolean isChanged = false;
            for (int i = 0; i < GroupRow.FIGURES; i++) {
                isChanged |= changes.rows[at + i] != 0;
            }
            if (isChanged) {
                key.set(changes, row);
                out.accept(GroupRow.change(name(), key.number(), endMs, changes.rows, at));
            }
        }
        changes.clear();
    }

    private StringData name() {
        return GroupRow.kind(key.number()) == Group.AREA
                ? StringData.fromBytes(Geohash.areaName((int) key.idNumber()))
                : StringData.fromString(names.name((int) key.idNumber()));
    }
}
