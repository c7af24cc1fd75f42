import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The Java client of the recorded captures: java.net.http.HttpClient.
 *
 * <p>Java writes no key log. The master secret of a TLS 1.2 session is in a private field, which
 * reflection reads when the module is opened to it. The client random is not kept; the caller takes
 * it from the capture, which holds one connection. It prints "MASTER hex" a session.
 *
 * <pre>java --add-opens java.base/sun.security.ssl=ALL-UNNAMED
 *     --add-opens java.net.http/jdk.internal.net.http.common=ALL-UNNAMED Client.java 1|2 https://HOST</pre>
 */
public class Client {
  public static void main(String[] args) throws Exception {
    TrustManager any =
        new X509ExtendedTrustManager() {
          public void checkClientTrusted(X509Certificate[] c, String a) {}
          public void checkServerTrusted(X509Certificate[] c, String a) {}
          public void checkClientTrusted(X509Certificate[] c, String a, java.net.Socket s) {}
          public void checkServerTrusted(X509Certificate[] c, String a, java.net.Socket s) {}
          public void checkClientTrusted(X509Certificate[] c, String a, javax.net.ssl.SSLEngine e) {}
          public void checkServerTrusted(X509Certificate[] c, String a, javax.net.ssl.SSLEngine e) {}
          public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
        };
    SSLContext tls = SSLContext.getInstance("TLSv1.2");
    tls.init(null, new TrustManager[] {any}, new SecureRandom());
    HttpClient client =
        HttpClient.newBuilder()
            .version(args[0].equals("1") ? HttpClient.Version.HTTP_1_1 : HttpClient.Version.HTTP_2)
            .sslContext(tls)
            .connectTimeout(Duration.ofSeconds(20))
            .build();
    String json = "{\"app\":\"quinze\",\"note\":\"" + "quinze secondes ".repeat(50) + "\"}";
    HttpRequest[] requests = {
      HttpRequest.newBuilder(URI.create(args[1] + "/json")).header("X-Quinze", "1").build(),
      HttpRequest.newBuilder(URI.create(args[1] + "/gzip")).header("Accept-Encoding", "gzip").build(),
      HttpRequest.newBuilder(URI.create(args[1] + "/chunked")).build(),
      HttpRequest.newBuilder(URI.create(args[1] + "/v1/batch")).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json)).build(),
      HttpRequest.newBuilder(URI.create(args[1] + "/v1/upload")).PUT(BodyPublishers.ofByteArray(new byte[12000])).build(),
      HttpRequest.newBuilder(URI.create(args[1] + "/v1/stream")).POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(json.repeat(5)))).build(),
    };
    for (HttpRequest r : requests) {
      var response = client.send(r, BodyHandlers.ofByteArray());
      if (r == requests[0] && response.sslSession().isPresent()) {
        Object session = response.sslSession().get();
        while (!session.getClass().getName().equals("sun.security.ssl.SSLSessionImpl")) { // HttpClient wraps it
          var f = session.getClass().getDeclaredField("delegate");
          f.setAccessible(true);
          session = f.get(session);
        }
        var m = session.getClass().getDeclaredMethod("getMasterSecret");
        m.setAccessible(true);
        System.out.println("MASTER " + HexFormat.of().formatHex(((javax.crypto.SecretKey) m.invoke(session)).getEncoded()));
      }
    }
    System.exit(0);
  }
}
