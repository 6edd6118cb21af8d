import java.io.FileInputStream;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLConnection;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;

/** Fetches a list as the platform's own fetcher for distribution points does, and judges it. */
public final class FetchList {
    public static void main(String[] words) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate issuer;
        try (FileInputStream file = new FileInputStream(words[1])) {
            issuer = (X509Certificate) factory.generateCertificate(file);
        }
        X509CRL list;
        long modified;
        URLConnection first = new URI(words[0]).toURL().openConnection();
        try (InputStream stream = first.getInputStream()) {
            modified = first.getLastModified();
            list = (X509CRL) factory.generateCRL(stream);
        }
        list.verify(issuer.getPublicKey());
        boolean revoked = list.getRevokedCertificate(new BigInteger(words[2])) != null;
        java.net.HttpURLConnection again =
                (java.net.HttpURLConnection) new URI(words[0]).toURL().openConnection();
        again.setIfModifiedSince(modified);
        System.out.println((revoked ? "revoked " : "good ") + again.getResponseCode());
    }
}
