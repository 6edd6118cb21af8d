package openjpki.quickstart;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.ErrorInfo;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.StatusProto;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import openjpki.api.ocsp.v1.CheckRequest;
import openjpki.api.ocsp.v1.CheckResponse;
import openjpki.api.ocsp.v1.StatusServiceGrpc;
import openjpki.api.types.v1.CatalogueEntry;
import openjpki.api.types.v1.Reason;
import openjpki.api.types.v1.ReasonProto;

/**
 * Asks a status service of OpenJPKI whether a certificate still holds.
 *
 * <p>It prints one line of JSON: the answer on standard output, a refusal on standard error.
 */
public final class CheckStatus {
  private CheckStatus() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = options(arguments);
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(
            options.get("target"), mutualTls(new File(options.get("credentials"))));
    String domain = options.getOrDefault("trust-domain", "");
    // Without a domain, the name that is dialled is what the certificate must have.
    if (!domain.isEmpty()) {
      // In the certificate of this role alone, wherever it runs.
      builder.overrideAuthority("ocsp." + domain);
    }
    ManagedChannel channel = builder.build();
    try {
      CheckResponse answer =
          StatusServiceGrpc.newBlockingStub(channel)
              // Every call carries a deadline: without one the service refuses it.
              .withDeadlineAfter(10, TimeUnit.SECONDS)
              .check(
                  CheckRequest.newBuilder()
                      .setAuthorityId(options.get("authority"))
                      .setSerial(
                          ByteString.copyFrom(HexFormat.of().parseHex(options.get("serial"))))
                      .build());
      String name = answer.getStatus().name().replaceFirst("^CERTIFICATE_STATUS_", "");
      print(
          System.out,
          Struct.newBuilder()
              .putFields("status", text(name.toLowerCase(java.util.Locale.ROOT)))
              .putFields("reason", number(answer.getReason()))
              .putFields("revoked_at", number(answer.getRevokedAt())));
    } catch (StatusRuntimeException failure) {
      print(System.err, refusal(failure));
      System.exit(1);
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  /** Shows our certificate and trusts the authorities of this mesh and no others. */
  private static ChannelCredentials mutualTls(File folder) throws IOException {
    return TlsChannelCredentials.newBuilder()
        .keyManager(new File(folder, "tls.crt"), new File(folder, "tls.key"))
        .trustManager(new File(folder, "ca.crt"))
        .build();
  }

  /** Takes the reason from the status and its words from the contract. */
  private static Struct.Builder refusal(StatusRuntimeException failure)
      throws InvalidProtocolBufferException {
    Struct.Builder told =
        Struct.newBuilder().putFields("code", text(failure.getStatus().getCode().name()));
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    if (status == null) {
      return told;
    }
    told.putFields("message", text(status.getMessage()));
    for (com.google.protobuf.Any detail : status.getDetailsList()) {
      if (!detail.is(ErrorInfo.class)) {
        continue;
      }
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      if (!info.getDomain().equals("openjpki")) {
        continue;
      }
      told.putFields("error", text(info.getReason()));
      // Null for the reason of a newer service: its code still says what to do.
      EnumValueDescriptor value = Reason.getDescriptor().findValueByName("REASON_" + info.getReason());
      if (value != null) {
        CatalogueEntry entry = value.getOptions().getExtension(ReasonProto.catalogue);
        told.putFields(
            "retryable", Value.newBuilder().setBoolValue(entry.getRetryable()).build());
        told.putFields("text_ja", text(entry.getText().getJa()));
        told.putFields("text_en", text(entry.getText().getEn()));
      }
    }
    return told;
  }

  private static Map<String, String> options(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int place = 0; place + 1 < arguments.length; place += 2) {
      options.put(arguments[place].replaceFirst("^--", ""), arguments[place + 1]);
    }
    return options;
  }

  private static Value text(String words) {
    return Value.newBuilder().setStringValue(words).build();
  }

  private static Value number(long value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  private static void print(PrintStream out, Struct.Builder told)
      throws InvalidProtocolBufferException {
    byte[] line =
        JsonFormat.printer()
            .omittingInsignificantWhitespace()
            .print(told)
            .getBytes(StandardCharsets.UTF_8);
    out.write(line, 0, line.length);
    out.println();
  }
}
