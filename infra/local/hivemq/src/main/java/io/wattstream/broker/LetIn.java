package io.wattstream.broker;

import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.auth.parameter.SimpleAuthInput;
import com.hivemq.extension.sdk.api.auth.parameter.SimpleAuthOutput;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission;
import com.hivemq.extension.sdk.api.auth.parameter.TopicPermission.MqttActivity;
import com.hivemq.extension.sdk.api.client.ClientContext;
import com.hivemq.extension.sdk.api.client.parameter.ClientTlsInformation;
import com.hivemq.extension.sdk.api.interceptor.publish.PublishInboundInterceptor;
import com.hivemq.extension.sdk.api.packets.auth.DefaultAuthorizationBehaviour;
import com.hivemq.extension.sdk.api.packets.general.MqttVersion;
import com.hivemq.extension.sdk.api.packets.publish.AckReasonCode;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import com.hivemq.extension.sdk.api.services.builder.Builders;

import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Lets in whose certificate is not revoked; what they may read and write follows from the common
 * name in it.
 */
final class LetIn implements ExtensionMain, SimpleAuthenticator {
    private final AccessList access;
    private final X509CRL revoked;

    LetIn(AccessList access, X509CRL revoked) {
        this.access = access;
        this.revoked = revoked;
    }

    @Override
    public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
        Services.securityRegistry().setAuthenticatorProvider(client -> this);
        Services.initializerRegistry()
                .setClientInitializer((client, context) -> refuseOthersTopics(context));
    }

    @Override
    public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {
        // Nothing is kept.
    }

    @Override
    public void onConnect(SimpleAuthInput input, SimpleAuthOutput output) {
        Optional<String> name =
                input.getConnectionInformation()
                        .getClientTlsInformation()
                        .flatMap(ClientTlsInformation::getClientCertificate)
                        .filter(certificate -> !revoked.isRevoked(certificate))
                        .flatMap(LetIn::commonName)
                        // It could be a filter in the place of a level.
                        .filter(known -> !known.matches(".*[+#/].*"));
        if (name.isEmpty()) {
            output.failAuthentication();
            return;
        }
        var permissions = output.getDefaultPermissions();
        permissions.setDefaultBehaviour(DefaultAuthorizationBehaviour.DENY);
        for (String filter : access.reads(name.get())) {
            permissions.add(allowed(filter, MqttActivity.SUBSCRIBE));
        }
        for (String filter : access.writes(name.get())) {
            permissions.add(allowed(filter, MqttActivity.PUBLISH));
        }
        output.authenticateSuccessfully();
    }

    /**
     * Has a message to another's topic answered as Mosquitto does. HiveMQ by itself would end the
     * connection, and a device that sends again what was not answered would never come to its own.
     */
    private static void refuseOthersTopics(ClientContext context) {
        List<String> own =
                context.getDefaultPermissions().asList().stream()
                        .filter(each -> each.getActivity() == MqttActivity.PUBLISH)
                        .map(TopicPermission::getTopicFilter)
                        .toList();
        PublishInboundInterceptor interceptor =
                (input, output) -> {
                    String topic = input.getPublishPacket().getTopic();
                    if (own.stream().noneMatch(filter -> AccessList.fits(filter, topic))) {
                        // Before MQTT 5 there is no answer but that it is taken.
                        output.preventPublishDelivery(
                                input.getConnectionInformation().getMqttVersion() == MqttVersion.V_5
                                        ? AckReasonCode.NOT_AUTHORIZED
                                        : AckReasonCode.SUCCESS);
                    }
                };
        context.addPublishInboundInterceptor(interceptor);
    }

    private static TopicPermission allowed(String filter, MqttActivity activity) {
        return Builders.topicPermission()
                .topicFilter(filter)
                .activity(activity)
                .type(TopicPermission.PermissionType.ALLOW)
                .build();
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName())
                    .getRdns().stream()
                            .filter(each -> each.getType().equalsIgnoreCase("CN"))
                            .map(Rdn::getValue)
                            .map(Object::toString)
                            .findFirst();
        } catch (InvalidNameException strange) {
            return Optional.empty();
        }
    }
}
