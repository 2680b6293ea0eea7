from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("renting", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="deed",
            name="hashes",
            field=models.BinaryField(default=b""),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="deed",
            name="signature",
            field=models.BinaryField(max_length=2048),
        ),
    ]
