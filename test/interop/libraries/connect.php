<?php
// Connect with JSON, over curl alone: connect.php HOST:PORT TOKEN
[, $host, $token] = $argv;
$service = "http://$host/parlance.v1.ChatService";

function call(string $rpc, array $request): array
{
    global $service, $token;
    $curl = curl_init("$service/$rpc");
    curl_setopt_array($curl, [
        CURLOPT_HTTPHEADER => ['content-type: application/json', "authorization: Bearer $token"],
        CURLOPT_POSTFIELDS => json_encode((object) $request),
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
    ]);
    return json_decode(curl_exec($curl), true);
}

/** Calls $receive with each item of the feed until it returns false. */
function subscribe(array $request, callable $receive): void
{
    global $service, $token;
    $json = json_encode((object) $request);
    $curl = curl_init("$service/Subscribe");
    $bytes = '';
    curl_setopt_array($curl, [
        CURLOPT_HTTPHEADER => ['content-type: application/connect+json', "authorization: Bearer $token"],
        CURLOPT_POSTFIELDS => pack('CN', 0, strlen($json)) . $json,
        // An envelope is one byte of flags, four of length, and the message.
        CURLOPT_WRITEFUNCTION => function ($_, string $chunk) use (&$bytes, $receive): int {
            for ($bytes .= $chunk; strlen($bytes) >= 5; $bytes = substr($bytes, 5 + $length)) {
                $length = unpack('N', $bytes, 1)[1];
                if (strlen($bytes) < 5 + $length) {
                    break;
                }
                if (!$receive(json_decode(substr($bytes, 5, $length), true))) {
                    return 0;
                }
            }
            return strlen($chunk);
        },
    ]);
    curl_exec($curl);
}

echo 'unary ', strlen(call('Broadcast', ['text' => 'PHP'])['id']), "\n";

$items = [];
subscribe(['backlog' => 1], function (array $response) use (&$items): bool {
    $items[] = array_key_first($response);
    return end($items) !== 'caughtUp';
});
echo 'stream ', implode(' ', $items), "\n";

['code' => $code, 'details' => [['debug' => $detail]]] = call('Broadcast', ['text' => '']);
echo "error $code ", str_replace('ERROR_REASON_', '', $detail['reason']), " {$detail['field']}\n";

echo 'unknown ', call('Nope', [])['code'], "\n";
