import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Judges a certificate by lists that the platform's own checker fetches from where certificate and
 * lists say that they are: the authority, the certificate. */
public final class FollowFreshest {
    public static void main(String[] words) throws Exception {
        System.setProperty("com.sun.security.enableCRLDP", "true");
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        TrustAnchor anchor = new TrustAnchor(certificate(factory, words[0]), null);
        PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        checker.setOptions(
                EnumSet.of(
                        PKIXRevocationChecker.Option.PREFER_CRLS,
                        PKIXRevocationChecker.Option.NO_FALLBACK));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(
                    factory.generateCertPath(List.of(certificate(factory, words[1]))), parameters);
            System.out.println("GOOD");
        } catch (CertPathValidatorException refused) {
            System.out.println(refused.getReason());
        }
    }

    private static X509Certificate certificate(CertificateFactory factory, String name)
            throws Exception {
        try (InputStream file = new FileInputStream(name)) {
            return (X509Certificate) factory.generateCertificate(file);
        }
    }
}
