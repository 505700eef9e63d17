package io.wattstream.broker;

import com.hivemq.configuration.service.InternalConfigurations;
import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.migration.meta.PersistenceType;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.util.concurrent.CompletionException;

/** HiveMQ CE, which lets in who has a certificate and lets each device write its own topics. */
public final class Broker {
    /** Stores of each kind of data; all of a session is in one. HiveMQ's 64 are for more cores. */
    private static final int BUCKETS = 8;

    /** Of the machine's memory, the part that payloads have before they are laid in order. */
    private static final int PART_FOR_PAYLOADS = 512;

    private Broker() {}

    /**
     * Runs until it is told to end.
     *
     * @param arguments the folder of config.xml, that of the data, the access list and the list of
     *     revoked certificates, which is read once
     * @throws Exception one of the lists cannot be read
     */
    public static void main(String[] arguments) throws Exception {
        Path configuration = Path.of(arguments[0]);
        Path data = Path.of(arguments[1]);
        AccessList access = new AccessList(Path.of(arguments[2]));
        X509CRL revoked = revoked(Path.of(arguments[3]));

        InternalConfigurations.PERSISTENCE_BUCKET_COUNT.set(BUCKETS);
        InternalConfigurations.PAYLOAD_PERSISTENCE_BUCKET_COUNT.set(BUCKETS);
        InternalConfigurations.PAYLOAD_PERSISTENCE_MEMTABLE_SIZE_PORTION.set(PART_FOR_PAYLOADS);
        InternalConfigurations.PAYLOAD_PERSISTENCE_BLOCK_CACHE_SIZE_PORTION.set(PART_FOR_PAYLOADS);
        // The other kind takes a thirty-second of the machine's memory, and as much of the disk.
        InternalConfigurations.RETAINED_MESSAGE_PERSISTENCE_TYPE.set(PersistenceType.FILE);
        EmbeddedHiveMQ broker =
                EmbeddedHiveMQ.builder()
                        .withConfigurationFolder(configuration)
                        .withDataFolder(data)
                        .withExtensionsFolder(Files.createDirectories(data.resolve("extensions")))
                        .withEmbeddedExtension(
                                EmbeddedExtension.builder()
                                        .withId("wattstream")
                                        .withName("WattStream")
                                        .withVersion("0.1.0")
                                        .withExtensionMain(new LetIn(access, revoked))
                                        .build())
                        .build();
        // Embedded it lets everybody in where no extension decides.
        InternalConfigurations.AUTH_DENY_UNAUTHENTICATED_CONNECTIONS.set(true);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> broker.stop().join()));
        try {
            broker.start().join();
        } catch (CompletionException problem) {
            // Its threads would go on.
            problem.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static X509CRL revoked(Path file) throws Exception {
        try (InputStream content = Files.newInputStream(file)) {
            return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(content);
        }
    }
}
