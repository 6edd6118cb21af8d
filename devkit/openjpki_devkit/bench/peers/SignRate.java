import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Signatures a second of the JDK's own provider: RSA-2048, PKCS #1 v1.5, SHA-256, messages of 64
 * octets. The argument is how many threads sign. Each line of input is a number of seconds to
 * measure for; each is answered with a line.
 */
public final class SignRate {
    /** Rounds until the just-in-time compiler may be done: at least so many, and at most. */
    private static final int FEWEST_TO_WARM_UP = 3;
    private static final int MOST_TO_WARM_UP = 8;

    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[0]);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        PrivateKey key = generator.generateKeyPair().getPrivate();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        boolean warm = false;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            double seconds = Double.parseDouble(line);
            if (!warm) {
                warmUp(pool, key, threads, seconds);
                warm = true;
            }
            System.out.println(rate(pool, key, threads, seconds));
        }
        pool.shutdown();
    }

    /** Signs until a round is hardly better than the best before it. */
    private static void warmUp(ExecutorService pool, PrivateKey key, int threads, double seconds)
            throws Exception {
        double best = 0;
        for (int round = 1; round <= MOST_TO_WARM_UP; round++) {
            double now = rate(pool, key, threads, seconds);
            if (round >= FEWEST_TO_WARM_UP && now < 1.02 * best) {
                return;
            }
            best = Math.max(best, now);
        }
    }

    private static double rate(ExecutorService pool, PrivateKey key, int threads, double seconds)
            throws Exception {
        long began = System.nanoTime();
        long until = began + (long) (seconds * 1e9);
        Callable<Long> one = () -> signedUntil(key, until);
        List<Future<Long>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            running.add(pool.submit(one));
        }
        long signed = 0;
        for (Future<Long> each : running) {
            signed += each.get();
        }
        return signed / ((System.nanoTime() - began) / 1e9);
    }

    private static long signedUntil(PrivateKey key, long until) throws Exception {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        byte[] message = new byte[64];
        long signed = 0;
        while (System.nanoTime() < until) {
            signature.update(message);
            signature.sign();
            signed++;
        }
        return signed;
    }
}
