package io.wattstream.source;

/** Which messages the {@code payload} column keeps; values of the option {@code payload-of}. */
enum PayloadOf {
    /** Those that the decoder found a problem with; null for all others. */
    PROBLEMS,
    /** All of them, for a job that may reject a good message later, by its arrival. */
    ALL
}
