import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.util.CollectionStore;

/**
 * BouncyCastle signs documents, or reads what OpenJPKI made. `java … Judge.java make FOLDER` writes
 * FOLDER/*.p7s; `… read FOLDER` prints a line "file: what it says" for each file.
 */
final class Judge {
    private record Signer(X509CertificateHolder certificate, PrivateKey key, String algorithm) {
        static Signer read(Path folder, String name, String kind, String algorithm) throws Exception {
            byte[] der = Files.readAllBytes(folder.resolve(name + ".der"));
            byte[] pkcs8 = Files.readAllBytes(folder.resolve(name + ".p8"));
            PrivateKey key = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            return new Signer(new X509CertificateHolder(der), key, algorithm);
        }

        Signer by(String other) {
            return new Signer(certificate, key, other);
        }
    }

    /** How a signature is made, where it is not the usual way. */
    private record Manner(boolean byKeyIdentifier, boolean withoutAttributes, int moreAttributes) {
        static final Manner USUAL = new Manner(false, false, 0);
    }

    public static void main(String[] words) throws Exception {
        // First, so that PSS and the rest are its own too, and not the JDK's.
        Security.insertProviderAt(new BouncyCastleProvider(), 1);
        Path folder = Path.of(words[1]);
        if (words[0].equals("make")) {
            make(folder);
        } else {
            read(folder);
        }
    }

    private static void make(Path folder) throws Exception {
        byte[] content = Files.readAllBytes(folder.resolve("content"));
        Signer person = Signer.read(folder, "person", "RSA", "SHA256withRSA");
        Signer authority = Signer.read(folder, "authority", "RSA", "SHA512withRSA");
        Signer official = Signer.read(folder, "official", "EC", "SHA384withECDSA");
        CMSSignedData detached = sign(content, false, Manner.USUAL, person);
        put(folder, "detached-as-it-comes", detached.getEncoded());
        put(folder, "detached-der", detached.getEncoded("DER"));
        put(folder, "detached-dl", detached.getEncoded("DL"));
        CMSSignedData attached = sign(content, true, Manner.USUAL, person);
        put(folder, "attached-as-it-comes", attached.getEncoded());
        put(folder, "attached-der", attached.getEncoded("DER"));
        put(folder, "attached-dl", attached.getEncoded("DL"));
        put(folder, "attached-streamed", stream(content, person, true));
        put(folder, "detached-streamed", stream(content, person, false));
        for (String digest : List.of("256", "384", "512")) {
            Signer pss = person.by("SHA" + digest + "withRSAandMGF1");
            put(folder, "pss-" + digest, sign(content, false, Manner.USUAL, pss).getEncoded());
        }
        put(folder, "ecdsa", sign(content, false, Manner.USUAL, official).getEncoded());
        put(folder, "several", sign(content, false, Manner.USUAL, person, official, authority).getEncoded());
        Manner byKeyIdentifier = new Manner(true, false, 0);
        put(folder, "key-identifier", sign(content, false, byKeyIdentifier, person).getEncoded());
        Manner large = new Manner(false, false, 220 * 1024);
        put(folder, "large-attributes", sign(content, false, large, person).getEncoded());
        put(folder, "large-attributes-der", sign(content, false, large, person).getEncoded("DER"));
        put(folder, "countersigned", countersigned(detached, authority).getEncoded());
        Manner bare = new Manner(false, true, 0);
        put(folder, "no-attributes", sign(content, false, bare, person).getEncoded());
        put(folder, "sha1", sign(content, false, Manner.USUAL, person.by("SHA1withRSA")).getEncoded());
    }

    private static CMSSignedData sign(byte[] content, boolean attached, Manner manner, Signer... signers)
            throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        List<X509CertificateHolder> certificates = new ArrayList<>();
        for (Signer one : signers) {
            JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(
                    new JcaDigestCalculatorProviderBuilder().build());
            builder.setDirectSignature(manner.withoutAttributes());
            if (manner.moreAttributes() > 0) {
                builder.setSignedAttributeGenerator(
                        new DefaultSignedAttributeTableGenerator(filler(manner.moreAttributes())));
            }
            var signer = new JcaContentSignerBuilder(one.algorithm()).build(one.key());
            if (manner.byKeyIdentifier()) {
                var extension = one.certificate().getExtension(Extension.subjectKeyIdentifier);
                var identifier = DEROctetString.getInstance(extension.getParsedValue());
                generator.addSignerInfoGenerator(builder.build(signer, identifier.getOctets()));
            } else {
                generator.addSignerInfoGenerator(builder.build(signer, one.certificate()));
            }
            certificates.add(one.certificate());
        }
        generator.addCertificates(new CollectionStore<>(certificates));
        return generator.generate(new CMSProcessableByteArray(content), attached);
    }

    /** A table with one attribute of that many octets, under an identifier for examples (RFC 5612). */
    private static AttributeTable filler(int octets) {
        byte[] value = new byte[octets];
        Arrays.fill(value, (byte) 0x41);
        ASN1ObjectIdentifier kind = new ASN1ObjectIdentifier("1.3.6.1.4.1.32473.1");
        return new AttributeTable(new Attribute(kind, new DERSet(new DEROctetString(value))));
    }

    private static byte[] stream(byte[] content, Signer one, boolean attached) throws Exception {
        CMSSignedDataStreamGenerator generator = new CMSSignedDataStreamGenerator();
        generator.setBufferSize(7);
        generator.addSignerInfoGenerator(
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                        .build(new JcaContentSignerBuilder(one.algorithm()).build(one.key()), one.certificate()));
        generator.addCertificates(new CollectionStore<>(List.of(one.certificate())));
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        try (OutputStream into = generator.open(made, attached)) {
            into.write(content);
        }
        return made.toByteArray();
    }

    /** The same, with a signature over its signature (RFC 5652 11.4). */
    private static CMSSignedData countersigned(CMSSignedData signed, Signer by) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                        .build(new JcaContentSignerBuilder(by.algorithm()).build(by.key()), by.certificate()));
        SignerInformation first = signed.getSignerInfos().getSigners().iterator().next();
        SignerInformationStore counter = generator.generateCounterSigners(first);
        SignerInformation both = SignerInformation.addCounterSigners(first, counter);
        return CMSSignedData.replaceSigners(signed, new SignerInformationStore(List.of(both)));
    }

    private static void put(Path folder, String name, byte[] octets) throws IOException {
        Files.write(folder.resolve(name + ".p7s"), octets);
    }

    private static void read(Path folder) throws Exception {
        try (var files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                String said = switch (name.substring(name.lastIndexOf('.') + 1)) {
                    case "crt" -> ofCertificate(file);
                    case "crl" -> ofList(file);
                    case "csr" -> ofRequest(file);
                    case "ocsp" -> ofAnswer(file);
                    case "asked" -> ofQuestion(file);
                    case "p7s" -> ofSignature(file, Files.readAllBytes(folder.resolve("content")));
                    default -> null;
                };
                if (said != null) {
                    System.out.println(name + ": " + said);
                }
            }
        }
    }

    private static String ofCertificate(Path file) throws Exception {
        byte[] der = Files.readAllBytes(file);
        X509CertificateHolder read = new X509CertificateHolder(der);
        for (Object each : read.getExtensionOIDs()) {
            read.getExtension((ASN1ObjectIdentifier) each).getParsedValue();
        }
        new JcaX509CertificateConverter().getCertificate(read);
        return verdict(read.isSignatureValid(keyOfSigner(file)), der, read.toASN1Structure().getEncoded("DER"));
    }

    private static String ofList(Path file) throws Exception {
        byte[] der = Files.readAllBytes(file);
        X509CRLHolder read = new X509CRLHolder(der);
        var number = CRLNumber.getInstance(read.getExtension(Extension.cRLNumber).getParsedValue());
        return verdict(read.isSignatureValid(keyOfSigner(file)), der, read.toASN1Structure().getEncoded("DER"))
                + ", number " + number.getCRLNumber() + ", entries " + read.getRevokedCertificates().size();
    }

    private static String ofRequest(Path file) throws Exception {
        byte[] der = Files.readAllBytes(file);
        PKCS10CertificationRequest read = new PKCS10CertificationRequest(der);
        ContentVerifierProvider own = new JcaContentVerifierProviderBuilder()
                .build(read.getSubjectPublicKeyInfo());
        return verdict(read.isSignatureValid(own), der, read.toASN1Structure().getEncoded("DER"));
    }

    private static String ofAnswer(Path file) throws Exception {
        byte[] der = Files.readAllBytes(file);
        OCSPResp whole = new OCSPResp(der);
        BasicOCSPResp read = (BasicOCSPResp) whole.getResponseObject();
        StringBuilder said = new StringBuilder();
        said.append(verdict(read.isSignatureValid(keyOfSigner(file)), der,
                whole.toASN1Structure().getEncoded("DER")));
        for (SingleResp one : read.getResponses()) {
            CertificateStatus status = one.getCertStatus();
            said.append(status == CertificateStatus.GOOD ? ", good"
                    : status instanceof RevokedStatus ? ", revoked" : ", unknown");
        }
        return said.toString();
    }

    private static String ofQuestion(Path file) throws Exception {
        byte[] der = Files.readAllBytes(file);
        OCSPReq read = new OCSPReq(der);
        return "about " + read.getRequestList().length + (Arrays.equals(der, read.getEncoded()) ? ", DER" : "");
    }

    private static String ofSignature(Path file, byte[] content) throws Exception {
        byte[] der = Files.readAllBytes(file);
        CMSSignedData read = new CMSSignedData(new CMSProcessableByteArray(content), der);
        SignerInformation signer = read.getSignerInfos().getSigners().iterator().next();
        boolean named = signer.getSignedAttributes()
                .get(PKCSObjectIdentifiers.id_aa_signingCertificateV2) != null;
        X509CertificateHolder certificate = (X509CertificateHolder) read.getCertificates()
                .getMatches(signer.getSID()).iterator().next();
        boolean good = signer.verify(new JcaSimpleSignerInfoVerifierBuilder().build(certificate));
        CMSSignedData changed = new CMSSignedData(new CMSProcessableByteArray(Arrays.copyOf(content, 3)), der);
        boolean stillGood;
        try {
            stillGood = changed.getSignerInfos().getSigners().iterator().next()
                    .verify(new JcaSimpleSignerInfoVerifierBuilder().build(certificate));
        } catch (org.bouncycastle.cms.CMSException differs) {
            stillGood = false;
        }
        return verdict(good && !stillGood, der, read.toASN1Structure().getEncoded("DER"))
                + (named ? ", names its certificate" : "");
    }

    /** Of whom the file's name says: NAME.by-SIGNER.KIND, the certificate being SIGNER.cer. */
    private static ContentVerifierProvider keyOfSigner(Path file) throws Exception {
        String signer = file.getFileName().toString().replaceFirst(".*\\.by-", "").replaceFirst("\\..*", "");
        byte[] certificate = Files.readAllBytes(file.resolveSibling(signer + ".cer"));
        return new JcaContentVerifierProviderBuilder().build(new X509CertificateHolder(certificate));
    }

    /** Whether the signature holds, and whether the octets are those that DER would have. */
    private static String verdict(boolean signed, byte[] octets, byte[] again) {
        return (signed ? "signature holds" : "SIGNATURE DOES NOT HOLD")
                + (Arrays.equals(octets, again) ? ", DER" : ", NOT DER");
    }
}
