import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Judges a certificate by lists that are at hand, as the platform's PKIX does: seconds since 1970, the
 * authority, the certificate, and the lists. */
public final class JudgeByLists {
    public static void main(String[] words) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Set<X509CRL> lists = new HashSet<>();
        for (int place = 3; place < words.length; place++) {
            try (InputStream file = new FileInputStream(words[place])) {
                lists.add((X509CRL) factory.generateCRL(file));
            }
        }
        TrustAnchor anchor = new TrustAnchor(certificate(factory, words[1]), null);
        PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
        parameters.setDate(new Date(Long.parseLong(words[0]) * 1000));
        parameters.setPolicyQualifiersRejected(false);
        parameters.addCertStore(
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        try {
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            factory.generateCertPath(List.of(certificate(factory, words[2]))),
                            parameters);
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
