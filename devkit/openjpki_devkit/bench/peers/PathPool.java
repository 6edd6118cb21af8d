import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRL;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Paths through one pool by the JDK's CertPathBuilder, revocation checked by the lists in it.
 *
 * <p>Arguments: a file of questions, the pool's folders. A question is a line of target, anchor,
 * time in milliseconds, policies (comma), and 1 or 0 for explicit policy, mapping and any policy
 * inhibited, with tabs between. Each line of input is answered with the seconds that reading the
 * pool and answering all questions took.
 */
public final class PathPool {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            long began = System.nanoTime();
            answer(arguments);
            System.out.println((System.nanoTime() - began) / 1e9);
        }
    }

    private static void answer(String[] arguments) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Object> pool = new ArrayList<>();
        for (int place = 1; place < arguments.length; place++) {
            try (Stream<Path> files = Files.list(Path.of(arguments[place]))) {
                for (Path file : (Iterable<Path>) files.sorted()::iterator) {
                    ByteArrayInputStream octets =
                            new ByteArrayInputStream(Files.readAllBytes(file));
                    pool.add(
                            file.toString().endsWith(".crl")
                                    ? (CRL) factory.generateCRL(octets)
                                    : factory.generateCertificate(octets));
                }
            }
        }
        CertStore store =
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(pool));
        int found = 0;
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] part = line.split("\t", -1);
            X509CertSelector target = new X509CertSelector();
            target.setCertificate(certificate(factory, part[0]));
            TrustAnchor anchor = new TrustAnchor(certificate(factory, part[1]), null);
            PKIXBuilderParameters asked = new PKIXBuilderParameters(Set.of(anchor), target);
            asked.addCertStore(store);
            asked.setDate(new Date(Long.parseLong(part[2])));
            asked.setPolicyQualifiersRejected(false);
            if (!part[3].isEmpty()) {
                asked.setInitialPolicies(Set.of(part[3].split(",")));
            }
            asked.setExplicitPolicyRequired(part[4].equals("1"));
            asked.setPolicyMappingInhibited(part[5].equals("1"));
            asked.setAnyPolicyInhibited(part[6].equals("1"));
            try {
                CertPathBuilder.getInstance("PKIX").build(asked);
                found++;
            } catch (CertPathBuilderException refused) {
                continue;
            }
        }
        if (found == 0) {
            throw new IllegalStateException("no path at all");
        }
    }

    private static X509Certificate certificate(CertificateFactory factory, String file)
            throws Exception {
        return (X509Certificate)
                factory.generateCertificate(
                        new ByteArrayInputStream(Files.readAllBytes(Path.of(file))));
    }
}
