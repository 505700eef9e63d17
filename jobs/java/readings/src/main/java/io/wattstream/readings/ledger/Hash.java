package io.wattstream.readings.ledger;

/** Hashes of numbers. */
final class Hash {
    private Hash() {}

    /** A hash of a number and what was hashed before (as MurmurHash3 mixes). */
    static long mix(long hash, long number) {
        long mixed = (hash ^ number) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 29);
    }
}
