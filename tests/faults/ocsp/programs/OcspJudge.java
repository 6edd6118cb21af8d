import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Validates a path of one certificate with a given OCSP response and nothing else (RFC 5280 6). */
final class OcspJudge {
  /** Files: the authority's certificate, the user's (both PEM), the response (DER). */
  public static void main(String[] files) throws GeneralSecurityException, IOException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    X509Certificate authority = read(factory, files[0]);
    X509Certificate user = read(factory, files[1]);
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
    checker.setOcspResponses(Map.of(user, Files.readAllBytes(Path.of(files[2]))));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
    // The policy is critical and has a CPS pointer, which is for people to read.
    parameters.setPolicyQualifiersRejected(false);
    parameters.addCertPathChecker(checker);
    try {
      validator.validate(factory.generateCertPath(List.of(user)), parameters);
      System.out.println("good");
    } catch (CertPathValidatorException refusal) {
      System.out.println(refusal.getReason());
    }
  }

  private static X509Certificate read(CertificateFactory factory, String file)
      throws GeneralSecurityException, IOException {
    try (var stream = Files.newInputStream(Path.of(file))) {
      return (X509Certificate) factory.generateCertificate(stream);
    }
  }
}
